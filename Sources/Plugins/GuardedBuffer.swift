// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Memory that is handed to a plugin, with a pattern around and behind what it may write.
final class GuardedBuffer {
    private static let margin = 256
    private static let pattern: UInt8 = 0xa5
    private let memory: UnsafeMutableRawBufferPointer
    private let allowed: Int

    /// `allowed` bytes may be written, all of them zero now.
    init(allowed: Int) {
        self.allowed = allowed
        memory = .allocate(byteCount: allowed + 2 * Self.margin, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: Self.pattern)
        content.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        memory.deallocate()
    }

    /// What may be written.
    var content: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[Self.margin..<Self.margin + allowed])
    }

    /// The address of the content, valid even when it is empty.
    var address: UInt64 {
        UInt64(UInt(bitPattern: memory.baseAddress) + UInt(Self.margin))
    }

    /// False when something wrote before or behind the content.
    var isIntact: Bool {
        memory[..<Self.margin].allSatisfy { $0 == Self.pattern }
            && memory[(Self.margin + allowed)...].allSatisfy { $0 == Self.pattern }
    }

    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int = 0) {
        content.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }
}
