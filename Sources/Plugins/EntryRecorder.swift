// SPDX-License-Identifier: Apache-2.0
internal import CLibFFI
import Glibc
import PluginABI
import Synchronization

/// Counts the calls of one entry. Stands between the daemon and the plugin: a libffi closure whose address the
/// daemon's copy of the table has, made from the entry's signature alone.
///
/// A recorder lives as long as the process, like the table it belongs to.
final class EntryRecorder: Sendable {
    /// A call that has ended, for tracing.
    struct Call: Sendable {
        let plugin: String
        let entry: String
        let result: Int32
        let nanoseconds: UInt64
    }

    /// Called after each call of any entry of any plugin, on the calling thread. Nil: no tracing.
    static let trace = Mutex<(@Sendable (Call) -> Void)?>(nil)
    private static let isTracing = Atomic<Bool>(false)

    private let plugin: String
    private let signature: EntrySignature
    private let target: UInt
    private let interface: UInt
    private let calls = Atomic<UInt64>(0)
    private let errors = Atomic<UInt64>(0)
    private let late = Atomic<UInt64>(0)
    private let total = Atomic<UInt64>(0)
    private let maximum = Atomic<UInt64>(0)
    private let lastError = Mutex("")

    /// `target` is the plugin's own function. `plugin` is its name in traces.
    init(plugin: String, signature: EntrySignature, target: UnsafeRawPointer) {
        self.plugin = plugin
        self.signature = signature
        self.target = UInt(bitPattern: target)
        interface = UInt(bitPattern: CallInterface.make(for: signature))
    }

    /// Turns tracing on or, with nil, off.
    static func setTrace(_ body: (@Sendable (Call) -> Void)?) {
        trace.withLock { $0 = body }
        isTracing.store(body != nil, ordering: .releasing)
    }

    var statistics: EntryStatistics {
        EntryStatistics(
            entry: signature.name, calls: calls.load(ordering: .relaxed), errors: errors.load(ordering: .relaxed),
            late: late.load(ordering: .relaxed), totalNanoseconds: total.load(ordering: .relaxed),
            maximumNanoseconds: maximum.load(ordering: .relaxed), lastError: lastError.withLock { $0 })
    }

    /// The address to call in place of the plugin's function, nil when the system grants no executable memory.
    func makeThunk() -> UnsafeMutableRawPointer? {
        var code: UnsafeMutableRawPointer?
        guard let cif = UnsafeMutablePointer<ffi_cif>(bitPattern: interface),
            let closure = ffi_closure_alloc(MemoryLayout<ffi_closure>.size, &code)
        else { return nil }
        let typed = closure.bindMemory(to: ffi_closure.self, capacity: 1)
        let status = ffi_prep_closure_loc(
            typed, cif,
            { cif, result, arguments, recorder in
                guard let recorder else { return }
                Unmanaged<EntryRecorder>.fromOpaque(recorder).takeUnretainedValue()
                    .forward(cif: cif, result: result, arguments: arguments)
            }, Unmanaged.passRetained(self).toOpaque(), code)
        return status == FFI_OK ? code : nil
    }

    private func forward(
        cif: UnsafeMutablePointer<ffi_cif>?, result: UnsafeMutableRawPointer?,
        arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) {
        guard let result, let arguments else { return }
        let start = Self.now()
        typealias Function = @convention(c) () -> Void
        let function = unsafeBitCast(target, to: Function.self)
        ffi_call(cif, function, result, arguments)
        let nanoseconds = Self.now() - start
        // libffi widens an integer result to a whole register.
        let value = Int32(truncatingIfNeeded: result.load(as: Int.self))
        record(value, nanoseconds: nanoseconds, arguments: arguments)
    }

    private func record(
        _ value: Int32, nanoseconds: UInt64, arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) {
        calls.add(1, ordering: .relaxed)
        total.add(nanoseconds, ordering: .relaxed)
        maximum.max(nanoseconds, ordering: .relaxed)
        if let limit = limit(arguments), nanoseconds > limit { late.add(1, ordering: .relaxed) }
        if value < 0 {
            errors.add(1, ordering: .relaxed)
            let text = errorText(arguments)
            lastError.withLock { $0 = text }
        }
        if Self.isTracing.load(ordering: .acquiring) {
            let call = Call(plugin: plugin, entry: signature.name, result: value, nanoseconds: nanoseconds)
            Self.trace.withLock { $0 }?(call)
        }
    }

    /// The entry's limit, and the time that the caller allowed it to wait.
    private func limit(_ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> UInt64? {
        guard let limit = signature.limitNanoseconds else { return nil }
        guard let index = signature.arguments.firstIndex(of: "w"), let slot = arguments[index] else { return limit }
        return limit + UInt64(max(0, slot.load(as: Int32.self))) * 1_000_000
    }

    private func errorText(_ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> String {
        guard let text = signature.arguments.firstIndex(of: "E"), let size = signature.arguments.firstIndex(of: "e"),
            let start = arguments[text]?.load(as: UnsafeRawPointer?.self),
            let count = arguments[size]?.load(as: UInt64.self)
        else { return "" }
        return SystemText.bounded(UnsafeRawBufferPointer(start: start, count: Int(clamping: count)))
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
