// SPDX-License-Identifier: Apache-2.0

/// How lines are shown to people and programs.
public struct EventFormat: Sendable {
    public enum Form: String, Sendable, CaseIterable { case text, json, table }

    private let form: Form
    private let hasColours: Bool

    public init(_ form: Form, hasColours: Bool = false) {
        self.form = form
        self.hasColours = hasColours
    }

    private static let columns: [(title: String, width: Int)] = [
        ("TIME", 15), ("ACTION", 13), ("WORKLOAD", 28), ("OPERATION", 12), ("SOURCE", 28), ("RESOURCE", 40),
        ("RESULT", 17), ("POLICY", 0),
    ]

    /// The first line of a table; nil in other forms.
    public var head: String? { form == .table ? Self.row(Self.columns.map(\.title)) : nil }

    /// A line of JSON as it came, a row, or a block.
    public func text(of line: EventLine) -> String {
        switch form {
        case .json: line.text
        case .table: coloured(Self.row(Self.cells(of: line)), line)
        case .text: block(line)
        }
    }

    /// KubeArmor's block: a title and a field a line.
    private func block(_ line: EventLine) -> String {
        let kind =
            switch line.kind {
            case .alert: "Alert"
            case .log: "Log"
            case .message: "Message"
            case .notice: "Notice"
            }
        let time = line["UpdatedTime"]
        let title = time.isEmpty ? "== \(kind) ==" : "== \(kind) / \(PrintableText.of(time)) =="
        let fields = line.fields.filter { $0.name != "UpdatedTime" && $0.name != "Timestamp" }
        return
            ([coloured(title, line)]
            + fields.map { "\(PrintableText.of($0.name)): \(PrintableText.of($0.text))" })
            .joined(separator: "\n") + "\n"
    }

    private static func cells(of line: EventLine) -> [String] {
        let time = line["UpdatedTime"]
        let clock = time.split(separator: "T").last.map { String($0.prefix(15)) } ?? ""
        switch line.kind {
        case .message: return [clock, line["Level"], line["HostName"], "Message", "", line["Message"], "", ""]
        case .notice: return [clock, line["Type"], "", "", "", "\(line["Count"]) \(line["Message"])", "", ""]
        case .alert, .log:
            return [
                clock, line.kind == .log ? "Log" : line["Action"], line.workloadName, line["Operation"],
                line["Source"], line["Resource"], line["Result"], line["PolicyName"],
            ]
        }
    }

    /// A wide cell pushes the rest of its row only: nothing is cut.
    private static func row(_ cells: [String]) -> String {
        var text = ""
        for (cell, column) in zip(cells, columns) {
            let shown = cell.isEmpty ? "-" : PrintableText.of(cell)
            text += shown + String(repeating: " ", count: max(0, column.width - shown.count)) + "  "
        }
        return String(text.reversed().drop { $0 == " " }.reversed())
    }

    private func coloured(_ text: String, _ line: EventLine) -> String {
        guard hasColours else { return text }
        let colour =
            switch line.kind {
            case .alert: line["Action"] == "Block" ? "31" : "33"
            case .log: "2"
            case .message: "36"
            case .notice: "35"
            }
        return "\u{1b}[\(colour)m\(text)\u{1b}[0m"
    }
}

extension EventLine {
    /// `namespace/pod/container`, or the host's name.
    public var workloadName: String {
        let (namespace, pod, container) = (self["NamespaceName"], self["PodName"], self["ContainerName"])
        guard isOfContainer else { return self["HostName"] }
        return [namespace, pod, container == pod ? "" : container].filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// Otherwise it is of the host.
    public var isOfContainer: Bool { !self["ContainerID"].isEmpty || !self["NamespaceName"].isEmpty }
}
