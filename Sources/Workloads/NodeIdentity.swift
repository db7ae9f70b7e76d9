// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What events say about the machine they come from.
public struct NodeIdentity: Sendable, Hashable {
    public let clusterName: String
    public let hostName: String
    /// The machine id, else the host's name.
    public let nodeID: String

    public init(clusterName: String, hostName: String, nodeID: String) {
        self.clusterName = clusterName
        self.hostName = hostName
        self.nodeID = nodeID
    }

    /// - Parameters:
    ///   - hostName: empty for the machine's own name
    ///   - machineIDPath: the file that is asked first for the machine id
    public static func read(clusterName: String, hostName: String, machineIDPath: String) -> NodeIdentity {
        let name = hostName.isEmpty ? ownName() : hostName
        for path in [machineIDPath, "/var/lib/dbus/machine-id"] {
            guard let text = try? FileText.string(of: path, limit: 4096) else { continue }
            let id = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            if !id.isEmpty { return NodeIdentity(clusterName: clusterName, hostName: name, nodeID: id) }
        }
        return NodeIdentity(clusterName: clusterName, hostName: name, nodeID: name)
    }

    private static func ownName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
