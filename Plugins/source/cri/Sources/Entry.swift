// SPDX-License-Identifier: Apache-2.0
public import PluginABI
internal import PluginKit
internal import RuntimeAPI

/// The one exported symbol; plugin.h says who owns what.
// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func kubearmor_plugin_entry(
    _ offer: UnsafePointer<kubearmor_offer>?, _ answer: UnsafeMutablePointer<kubearmor_answer>?,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: UInt64
) -> Int32 {
    PluginEntry.answer(
        source: RuntimeSource<CRIConversation>.self, offer: offer, answer: answer, error: error, errorSize: errorSize)
}
