// SPDX-License-Identifier: Apache-2.0
import Policy
import YAML

/// The field `access` of a step: who does what.
struct AccessFields {
    let file: String
    let node: YAMLNode

    private static let known = [
        "process", "parent", "uid", "owner", "tty", "read", "write", "exec", "args", "socket", "capability", "dns",
        "preset",
    ]

    func read() throws -> (Subject, Access) {
        guard let fields = node.mapping else { throw failure(node, "access is a mapping") }
        for (key, _) in fields where !Self.known.contains(key.string ?? "") {
            throw failure(key, "no such key in an access; there are \(Self.known.joined(separator: ", "))")
        }
        let process = fields["process"]?.string ?? "/bin/sh"
        let subject = Subject(
            executable: process, parent: fields["parent"]?.string ?? process, uid: UInt32(fields["uid"]?.integer ?? 0),
            hasTTY: fields["tty"]?.plain == "true")
        return (subject, try access(fields))
    }

    private func access(_ fields: YAMLMapping) throws -> Access {
        let owner = UInt32(fields["owner"]?.integer ?? 0)
        if let path = fields["read"]?.string {
            return Access(accessClass: .file, object: path, bits: .read, ownerUID: owner)
        }
        if let path = fields["write"]?.string {
            return Access(accessClass: .file, object: path, bits: .write, ownerUID: owner)
        }
        if let path = fields["exec"]?.string {
            let arguments = fields["args"]?.sequence?.map { $0.string ?? "" } ?? []
            return Access(
                accessClass: .process, object: path, bits: .execute, ownerUID: owner, arguments: Array(arguments))
        }
        if let numbers = fields["socket"]?.sequence?.compactMap(\.integer), numbers.count == 3 {
            return .network(
                SocketKind(family: UInt32(numbers[0]), type: UInt32(numbers[1]), protocol: UInt32(numbers[2])))
        }
        if let name = fields["capability"]?.string, let number = CapabilityName.number(of: name) {
            return .capability(number)
        }
        if let name = fields["dns"]?.string { return .domain(name) }
        if let name = fields["preset"]?.string, let preset = Preset(name: name) { return .preset(preset) }
        throw failure(
            node,
            "an access is one of read, write, exec, socket: [family, type, protocol]; capability, dns, preset"
        )
    }

    private func failure(_ node: YAMLNode, _ message: String) -> PredictionError {
        PredictionError(place: "\(file):\(node.mark)", message: message)
    }
}
