// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Policy

/// The accesses, in the sense of rules, that an observed operation consists of.
enum ObservedAccess {
    /// - Parameter isDenied: an enforcer without rule ids has denied it, perhaps for what is below the object
    static func accesses(of event: kubearmor_event, isDenied: Bool = false) -> [Access] {
        guard isDenied, event.class_ == UInt16(KUBEARMOR_CLASS_FILE), changesName(event) else {
            return accesses(of: event)
        }
        let place = AccessObject.place(ObservedPath.resource(of: event))
        return accesses(of: event) + [
            Access(accessClass: .file, object: place, bits: .write),
            Access(accessClass: .process, object: place, bits: .execute),
        ]
    }

    /// Whether the operation is about the object's entry in its directory, or its attributes: some enforcers have one
    /// permission for all of these.
    static func changesName(_ event: kubearmor_event) -> Bool {
        (KUBEARMOR_OPERATION_CREATE...KUBEARMOR_OPERATION_CHOWN).contains(UInt32(event.operation))
    }

    private static func accesses(of event: kubearmor_event) -> [Access] {
        guard let accessClass = AccessClass(rawValue: UInt32(event.class_)) else { return [] }
        let resource = ObservedPath.resource(of: event)
        let owner = event.object_uid == .max ? nil : event.object_uid
        switch UInt32(event.operation) {
        case KUBEARMOR_OPERATION_EXEC:
            let arguments = event.arguments.isEmpty ? nil : Array(event.arguments.arguments.dropFirst())
            return [
                Access(
                    accessClass: .process, object: resource, bits: .execute, ownerUID: owner, arguments: arguments)
            ]
        case KUBEARMOR_OPERATION_RENAME, KUBEARMOR_OPERATION_LINK:
            // A blocked executable stays blocked under another name.
            var accesses = [
                Access(accessClass: .file, object: resource, bits: .write, ownerUID: owner),
                Access(accessClass: .process, object: resource, bits: .execute, ownerUID: owner),
            ]
            if !event.target.isEmpty {
                let target = ObservedPath.absolute(event.target.text, in: event.cwd.text)
                accesses.append(Access(accessClass: .file, object: target, bits: .write, ownerUID: nil))
            }
            return accesses
        case KUBEARMOR_OPERATION_CAPABLE:
            return [.capability(event.flags)]
        case KUBEARMOR_OPERATION_SYSCALL:
            guard let name = syscall(event) else { return [] }
            return [.syscall(name, path: resource.isEmpty ? nil : resource)]
        case KUBEARMOR_OPERATION_DNS_QUERY:
            return [Access(accessClass: .dns, object: .domain(resource))]
        case KUBEARMOR_OPERATION_SOCKET...KUBEARMOR_OPERATION_SENDMSG:
            let flags = event.flags
            return [
                .network(SocketKind(family: flags & 0xff, type: flags >> 8 & 0xff, protocol: flags >> 16))
            ]
        default:
            return [Access(accessClass: accessClass, object: resource, bits: bits(of: event), ownerUID: owner)]
        }
    }

    /// `chown`, of an event that was seen at "syscall=SYS_CHOWN userid=0".
    private static func syscall(_ event: kubearmor_event) -> String? {
        let prefix = "syscall=SYS_"
        let hook = event.hook.text
        guard hook.hasPrefix(prefix) else { return nil }
        return hook.dropFirst(prefix.utf8.count).prefix { $0 != " " }.lowercased()
    }

    private static func bits(of event: kubearmor_event) -> AccessBits {
        if event.access != 0 { return AccessBits(rawValue: event.access) }
        guard event.operation == UInt16(KUBEARMOR_OPERATION_OPEN) else { return .write }
        switch event.flags & UInt32(O_ACCMODE) {
        case UInt32(O_WRONLY): return .write
        case UInt32(O_RDWR): return [.read, .write]
        default: return event.flags & UInt32(O_TRUNC) != 0 ? [.read, .write] : .read
        }
    }
}
