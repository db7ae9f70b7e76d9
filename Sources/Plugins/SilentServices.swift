// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// Services for a plugin that is only probed: nothing is kept, no setting is given.
public struct SilentServices: PluginServices {
    public init() {}
    public func log(plugin: String, level: UInt32, text: String) {}
    public func emit(plugin: String, events: UnsafePointer<kubearmor_event>, count: Int) {}
    public func metric(plugin: String, name: String, value: Int64) {}
    public func setting(plugin: String, key: String) -> String? { nil }
}
