// SPDX-License-Identifier: Apache-2.0
import Glibc
public import PluginABI
public import Policy

/// What a raw event tells that a workload did, in the words of logs and in the sense of rules.
public struct ObservedUse: Sendable {
    public let operation: String
    /// Who did it; of an execution, who started the program.
    public let process: String
    public let resource: String
    public let result: String
    public let subject: Subject
    public let accesses: [Access]
    /// The enforcer refused it.
    public let isRefused: Bool

    /// Nil for an event that is no access. What the event points to is read during the call only.
    public init?(_ event: kubearmor_event) {
        switch UInt32(event.operation) {
        case KUBEARMOR_OPERATION_THROTTLE, KUBEARMOR_OPERATION_EXIT: return nil
        default: break
        }
        let isExecution = event.operation == UInt16(KUBEARMOR_OPERATION_EXEC)
        operation = KernelEventText.operation(ofClass: event.class_)
        process = isExecution ? event.parent.text : event.process.text
        resource = ObservedPath.resource(of: event)
        isRefused = event.action == KUBEARMOR_ACTION_BLOCK
        // A decision is reported before the system call returns.
        result = KernelEventText.result(isRefused && event.result >= 0 ? -EACCES : event.result)
        subject = Subject(
            executable: process, parent: event.parent.text, uid: event.uid, hasTTY: !event.tty.isEmpty)
        accesses = ObservedAccess.accesses(of: event)
    }
}
