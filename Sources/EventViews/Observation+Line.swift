// SPDX-License-Identifier: Apache-2.0
import Policy

extension Observation {
    /// What a log or an alert tells of; nil for a message, a notice of throttling and the like.
    public init?(_ line: EventLine) {
        let operation = line["Operation"]
        guard line.kind == .alert || line.kind == .log, !operation.isEmpty, line["Type"] != "SystemEvent" else {
            return nil
        }
        let isExecution = Self.isExecution(line)
        let (process, parent) = (line["ProcessName"], line["ParentProcessName"])
        let subject = Subject(
            executable: isExecution ? parent : process, parent: parent, uid: UInt32(line["UID"]) ?? 0,
            hasTTY: !line["TTY"].isEmpty)
        self.init(
            workload: line.workload, operation: operation, process: isExecution ? parent : process,
            resource: isExecution ? process : line["Resource"], result: line["Result"], subject: subject,
            accesses: Self.accesses(line, isExecution: isExecution), isRefused: line["Action"] == "Block")
    }

    /// The class process also has alerts about names of programs that are taken away or given to another.
    private static func isExecution(_ line: EventLine) -> Bool {
        guard line["Operation"] == "Process", !line["ProcessName"].isEmpty else { return false }
        let (name, resource) = (line["ProcessName"], line["Resource"])
        return resource == name || resource.hasPrefix("\(name) ")
    }

    private static func accesses(_ line: EventLine, isExecution: Bool) -> [Access] {
        let resource = line["Resource"]
        switch line["Operation"] {
        case "Process":
            guard isExecution else { return [] }
            let name = line["ProcessName"]
            let arguments = resource.dropFirst(name.count).split(separator: " ").map(String.init)
            return [
                Access(accessClass: .process, object: name, bits: .execute, ownerUID: nil, arguments: arguments)
            ]
        case "File": return files(line)
        case "Network": return DataWords(line).socket.map { [.network($0)] } ?? domain(line)
        case "Capabilities":
            let name = resource.lowercased()
            let number = CapabilityName.number(of: name.hasPrefix("cap_") ? String(name.dropFirst(4)) : name)
            return number.map { [.capability($0)] } ?? []
        default: return []
        }
    }

    private static func domain(_ line: EventLine) -> [Access] {
        let name = DataWords(line).value("domain") ?? ""
        return name.isEmpty || name.hasPrefix("AF_") ? [] : [.domain(name)]
    }

    private static func files(_ line: EventLine) -> [Access] {
        let words = DataWords(line)
        let first = Access(accessClass: .file, object: line["Resource"], bits: words.bits, ownerUID: nil)
        guard let target = words.target, !target.isEmpty else { return [first] }
        // A file under another name is written, and a program stays one.
        let place = target.hasPrefix("/") ? target : "\(line["Cwd"])/\(target)"
        return [first, Access(accessClass: .file, object: place, bits: .write, ownerUID: nil)]
    }
}

extension EventLine {
    /// What selectors may ask about the workload.
    var workload: WorkloadIdentity {
        var labels: [String: String] = [:]
        for pair in self["Labels"].split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        guard isOfContainer else {
            let name = self["HostName"]
            let own = ["kubernetes.io/hostname": name, "kubearmor.io/hostname": name]
            return WorkloadIdentity(
                isHost: true, name: name, namespace: "", containerName: "",
                labels: own.merging(labels) { _, given in given })
        }
        return WorkloadIdentity(
            isHost: false, name: self["PodName"], namespace: self["NamespaceName"],
            containerName: self["ContainerName"], labels: labels)
    }
}
