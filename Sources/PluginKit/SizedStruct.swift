// SPDX-License-Identifier: Apache-2.0

// Structs of the contract begin with `struct_size`, what their writer was compiled with. These functions apply the one
// rule for reading and writing them: the lesser of both sizes counts, the rest is absent.

/// Room for `struct_size` and one more word: less cannot be a struct of the contract.
let leastStructSize = 8

/// Reads a struct that another build may have written, filling up with zeroes what it does not reach. Nil for NULL and
/// for an impossible size. The pointer is used during the call only.
func copyOfSized<Struct: BitwiseCopyable>(_ pointer: UnsafePointer<Struct>?, zero: Struct) -> Struct? {
    guard let pointer else { return nil }
    let size = Int(sizeOf(UnsafeRawPointer(pointer)))
    guard size >= leastStructSize else { return nil }
    return copy(UnsafeRawPointer(pointer), size: size, zero: zero)
}

/// The first word of a struct of the contract. The pointer is used during the call only.
func sizeOf(_ pointer: UnsafeRawPointer) -> UInt32 {
    pointer.loadUnaligned(as: UInt32.self)
}

/// Copies the lesser of `size` and the size of `Struct` bytes over a zeroed struct. `pointer` must reach `size` bytes
/// and is used during the call only.
@inline(__always)
func copy<Struct: BitwiseCopyable>(_ pointer: UnsafeRawPointer, size: Int, zero: Struct) -> Struct {
    if size >= MemoryLayout<Struct>.size {
        return pointer.loadUnaligned(as: Struct.self)
    }
    var value = zero
    withUnsafeMutableBytes(of: &value) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: size))
    }
    return value
}

/// Writes a struct into a place that holds `size` bytes, no further, and sets its `struct_size` to what was written.
/// `place` is used during the call only.
func store<Struct: BitwiseCopyable>(_ value: Struct, into place: UnsafeMutableRawPointer, size: Int) {
    let written = min(size, MemoryLayout<Struct>.size)
    withUnsafeBytes(of: value) { bytes in
        let room = UnsafeMutableRawBufferPointer(start: place, count: written)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<written]))
    }
    place.storeBytes(of: UInt32(written), as: UInt32.self)
}

/// Fills a caller's array of `capacity` structs and its count. The stride is the first element's `struct_size`; a
/// caller that left it zero was compiled with this header. Both pointers are used during the call only.
func fill<Struct: BitwiseCopyable>(
    _ values: [Struct], into array: UnsafeMutablePointer<Struct>?, capacity: UInt64,
    count: UnsafeMutablePointer<UInt64>?
) throws(PluginFailure) {
    guard let count else { throw .missing("count") }
    count.pointee = UInt64(values.count)
    guard capacity > 0 else { return }
    guard let array else { throw .missing("the array to fill") }
    let place = UnsafeMutableRawPointer(array)
    let declared = Int(sizeOf(UnsafeRawPointer(place)))
    let stride = declared == 0 ? MemoryLayout<Struct>.stride : declared
    guard stride >= leastStructSize else { throw .missing("struct_size of the array's first element") }
    for (index, value) in values.prefix(Int(clamping: capacity)).enumerated() {
        store(value, into: place + index * stride, size: stride)
    }
}

/// Writes text into a fixed field of a struct: NUL-terminated, cut at a character when it is too long.
func write<Field: BitwiseCopyable>(_ text: String, to field: inout Field) {
    withUnsafeMutableBytes(of: &field) { bytes in
        writeTerminated(text, to: bytes)
    }
}

/// Writes text and its NUL into a buffer, cutting it at a character when it is too long. The buffer is used during the
/// call only; an empty one stays untouched.
func writeTerminated(_ text: String, to buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count > 0 else { return }
    var length = 0
    for character in text.unicodeScalars {
        let bytes = UTF8.encode(character) ?? UTF8.encodedReplacementCharacter
        guard length + bytes.count < buffer.count else { break }
        for byte in bytes {
            buffer[length] = byte
            length += 1
        }
    }
    buffer[length] = 0
}
