// SPDX-License-Identifier: Apache-2.0
public import PluginABI

extension Host {
    /// Reports what a monitor has seen. Returns at once: the daemon copies what it keeps of the event, whose texts need
    /// to be valid during the call only. A daemon without that service is told nothing.
    public func emit(_ event: kubearmor_event) {
        guard let emit = services.emit else { return }
        withUnsafePointer(to: event) { emit(services.context, $0, 1) }
    }
}
