// SPDX-License-Identifier: Apache-2.0

/// A container that its runtime holds before its first instruction, until its hook, or the source that tells of it,
/// is answered.
public struct HookCall: Sendable {
    public let request: HookRequest
    /// The source that tells of it; nil for a hook.
    public let source: String?
    /// The process that asks, in the daemon's pid namespace; 0 when that does not show it.
    public let caller: UInt32
    /// False once it has given up: the container may run by now.
    public let isWaiting: @Sendable () -> Bool
    /// Returns whether the answer reached it. Called once.
    public let answer: @Sendable (HookAnswer) -> Bool

    public init(
        request: HookRequest, source: String? = nil, caller: UInt32, isWaiting: @escaping @Sendable () -> Bool,
        answer: @escaping @Sendable (HookAnswer) -> Bool
    ) {
        self.request = request
        self.source = source
        self.caller = caller
        self.isWaiting = isWaiting
        self.answer = answer
    }
}
