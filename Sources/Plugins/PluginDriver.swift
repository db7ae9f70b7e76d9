// SPDX-License-Identifier: Apache-2.0
internal import CLibFFI
internal import CLinux
import JSON
import Glibc
import PluginABI

/// Makes the calls of `kubearmor plugins verify`, in a child, and says after each what was wrong with it.
struct PluginDriver {
    private let library: PluginLibrary
    private let cases: [DriveCase]
    private let isOpening: Bool
    private let output: Int32
    private var handle: UInt = 0

    init(library: PluginLibrary, kind: PluginKind, isOpening: Bool, output: Int32) {
        self.library = library
        cases = DriveCase.all(of: kind)
        self.isOpening = isOpening
        self.output = output
    }

    /// Makes the calls from number `first` on; what they need of the earlier ones is done without a word.
    mutating func drive(from first: Int) {
        if first == 0 { checkShape() }
        for (index, one) in cases.enumerated() {
            guard let function = library.table.function(one.signature.name) else { continue }
            let isOpen = one.signature.name == "open" && one.variants.isEmpty
            if one.needsSelf && handle == 0 { continue }
            guard isOpening || !isOpen else {
                send([("remark", .string("not opened: the calls that need an opened plugin were left out"))])
                continue
            }
            guard index >= first || isOpen else { continue }
            if index >= first {
                send([
                    ("begin", .integer(Int64(index))), ("entry", .string(one.signature.name)),
                    ("label", .string(one.label)),
                ])
            }
            let problems = make(one, function: function, isOpen: isOpen)
            for problem in problems where index >= first { send([("problem", .string(problem))]) }
        }
        send([("done", .bool(true))])
    }

    private mutating func make(_ one: DriveCase, function: UnsafeRawPointer, isOpen: Bool) -> [String] {
        let arguments = ForgedArguments(one, handle: handle, host: library.host.pointer)
        let start = ContinuousClock.now
        let result = Self.call(one.signature, function: function, slots: arguments.slots)
        let duration = ContinuousClock.now - start
        if isOpen { noteOpened(result, arguments) }
        var problems = Self.problems(with: result, of: one, arguments)
        if let limit = one.signature.limitNanoseconds, duration > .nanoseconds(Int64(limit)) {
            problems.append("took \(duration), longer than the header allows")
        }
        return problems
    }

    private mutating func noteOpened(_ result: Int32, _ arguments: ForgedArguments) {
        if result >= 0 {
            handle = arguments.opened?.content.load(as: UInt.self) ?? 0
            if handle == 0 { send([("problem", .string("open succeeded and returned no self"))]) }
        } else {
            let text = arguments.error.map { SystemText.bounded(UnsafeRawBufferPointer($0.content)) } ?? ""
            send([("remark", .string("open failed, so the calls that need a self were left out: \(text)"))])
        }
    }

    private static func call(_ signature: EntrySignature, function: UnsafeRawPointer, slots: [UInt64]) -> Int32 {
        typealias Function = @convention(c) () -> Void
        let values = UnsafeMutablePointer<UInt64>.allocate(capacity: slots.count)
        let pointers = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: slots.count)
        defer {
            values.deallocate()
            pointers.deallocate()
        }
        for (index, slot) in slots.enumerated() {
            values[index] = slot
            pointers[index] = UnsafeMutableRawPointer(values + index)
        }
        var result: Int = 0
        ffi_call(CallInterface.make(for: signature), unsafeBitCast(function, to: Function.self), &result, pointers)
        return Int32(truncatingIfNeeded: result)
    }

    private static func problems(with result: Int32, of one: DriveCase, _ arguments: ForgedArguments) -> [String] {
        var problems: [String] = []
        if !arguments.isIntact { problems.append("wrote beyond the memory that it was given") }
        if result < -4095 { problems.append("returned \(result), which is no errno value") }
        switch one.expectation {
        case .invalid where result != -EINVAL: problems.append("returned \(result) instead of \(-EINVAL) (-EINVAL)")
        case .success where result < 0: problems.append("returned \(result), expected 0 or more")
        default: break
        }
        guard result < 0, let error = arguments.error else { return problems }
        guard let end = error.content.firstIndex(of: 0) else {
            return problems + ["left the error text without a NUL"]
        }
        if end == 0 && error.content.count > 1 { problems.append("returned \(result) without an error text") }
        return problems
    }

    private func checkShape() {
        let table = library.table
        let entry = UnsafeRawPointer(bitPattern: library.entryAddress)
        send([("begin", .integer(-1)), ("entry", .string("table")), ("label", .string("shape"))])
        if table.foreignSize > PluginTable.size(of: table.kind) {
            send([("remark", .string("the table has \(table.foreignSize) bytes, more than this daemon knows"))])
        }
        for signature in EntrySignature.entries(of: table.kind) {
            guard let function = table.function(signature.name), let entry else { continue }
            guard kubearmor_same_object(function, entry) == 0 else { continue }
            send([("problem", .string("the entry \(signature.name) does not point into the plugin"))])
        }
        if library.headerHash != kubearmor_header_hash() {
            let hash = String(library.headerHash, radix: 16)
            send([("remark", .string("built with another plugin.h (\(hash))"))])
        }
    }

    private func send(_ members: [(key: String, value: JSONValue)]) {
        let line = JSONValue.object(members).text + "\n"
        _ = line.withCString { write(output, $0, strlen($0)) }
    }
}
