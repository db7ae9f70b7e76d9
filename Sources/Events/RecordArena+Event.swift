// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// The command line of a process.
enum CommandArguments {
    /// argv as the event has it: a NUL between arguments, and perhaps behind the last.
    case ofEvent(kubearmor_string)
    case ofProcess([String])
}

extension RecordArena {
    /// `path` with the arguments behind the first, as people write it.
    func commandLine(_ path: kubearmor_string, _ arguments: CommandArguments) -> kubearmor_string {
        switch arguments {
        case .ofEvent(let list): return commandLine(path, list)
        case .ofProcess(let list):
            guard list.count > 1 else { return path }
            return copy(path.text + " " + list.dropFirst().joined(separator: " "))
        }
    }

    private func commandLine(_ path: kubearmor_string, _ list: kubearmor_string) -> kubearmor_string {
        guard let data = list.data, list.length > 0 else { return path }
        let bytes = UnsafeRawPointer(data)
        var size = Int(list.length)
        if data[size - 1] == 0 { size -= 1 }
        guard size > 0, let end = memchr(bytes, 0, size) else { return path }
        let first = UnsafeRawPointer(end) - bytes
        let rest = size - first - 1
        let start = room(Int(path.length) + 1 + rest)
        var place = start
        place = place.put(path)
        place.pointee = UInt8(ascii: " ")
        place += 1
        memcpy(place, bytes + first + 1, rest)
        for index in 0..<rest where place[index] == 0 { place[index] = UInt8(ascii: " ") }
        return kubearmor_string(start, count: place + rest - start)
    }
}

extension AttributionCache {
    /// The field Data: where it was seen, what the plugin adds, and what else the operation has.
    func data(of event: kubearmor_event) -> kubearmor_string {
        let values = UnsafeBufferPointer(start: event.values, count: event.values == nil ? 0 : Int(event.value_count))
        var size = event.hook.size + event.target.size + " target=".utf8.count
        for value in values { size += value.key.size + value.value.size + 2 }
        let isOpen = event.operation == UInt16(KUBEARMOR_OPERATION_OPEN)
        let flags = isOpen ? openFlags(event.flags) : []
        let start = arena.room(size + flags.count + " flags=".utf8.count)
        var place = start.put(event.hook)
        for value in values {
            if place != start { place = place.put(" ") }
            place = place.put(value.key).put("=").put(value.value)
        }
        if isOpen, Self.isSystemCall(start, place - start) {
            place = place.put(" flags=")
            flags.withUnsafeBufferPointer { bytes in
                if let base = bytes.baseAddress { place.update(from: base, count: bytes.count) }
            }
            place += flags.count
        }
        if !event.target.isEmpty {
            if place != start { place = place.put(" ") }
            place = place.put("target=").put(event.target)
        }
        arena.trim(to: place)
        return kubearmor_string(start, count: place - start)
    }

    /// Whether the data begin with `syscall=` and have no flags yet.
    private static func isSystemCall(_ data: UnsafeMutablePointer<UInt8>, _ size: Int) -> Bool {
        let mark: StaticString = "syscall="
        let word: StaticString = " flags="
        guard size >= mark.utf8CodeUnitCount, memcmp(data, mark.utf8Start, mark.utf8CodeUnitCount) == 0 else {
            return false
        }
        let length = word.utf8CodeUnitCount
        var start = 0
        while size - start >= length, let blank = memchr(data + start, 0x20, size - start - length + 1) {
            if memcmp(blank, word.utf8Start, length) == 0 { return false }
            start = blank - UnsafeMutableRawPointer(data) + 1
        }
        return true
    }

    /// EventData: the `k=v` words of Data, the first letter of each key in upper case.
    ///
    /// - Parameter more: a text whose words are among them, too
    func setPairs(in record: inout kubearmor_record, alsoOf more: kubearmor_string = kubearmor_string()) {
        pairs.removeAll(keepingCapacity: true)
        addPairs(of: record.data)
        addPairs(of: more)
        pairs.withUnsafeBufferPointer { arena.set($0, in: &record) }
    }

    private func addPairs(of text: kubearmor_string) {
        guard let data = text.data else { return }
        let bytes = UnsafeRawPointer(data).assumingMemoryBound(to: UInt8.self)
        let size = text.size
        var start = 0
        while start < size {
            let end = memchr(bytes + start, 0x20, size - start).map { UnsafeRawPointer($0) - UnsafeRawPointer(bytes) }
            addPair(of: UnsafeBufferPointer(start: bytes + start, count: (end ?? size) - start))
            start = (end ?? size) + 1
        }
    }

    private func addPair(of word: UnsafeBufferPointer<UInt8>) {
        guard let base = word.baseAddress, let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
            return
        }
        let value = UnsafeMutablePointer(mutating: base + equals + 1)
        pairs.append(
            kubearmor_pair(
                key: key(UnsafeMutablePointer(mutating: base), equals),
                value: kubearmor_string(value, count: word.count - equals - 1)))
    }

    private func key(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int) -> kubearmor_string {
        switch bytes[0] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            let place = arena.room(size)
            memcpy(place, bytes, size)
            place[0] &-= 0x20
            return kubearmor_string(place, count: size)
        case ..<0x80: return kubearmor_string(bytes, count: size)
        default:
            let key = kubearmor_string(bytes, count: size).text
            return arena.copy(key.prefix(1).uppercased() + key.dropFirst())
        }
    }
}

extension kubearmor_string {
    /// Bytes that there are.
    @inline(__always)
    var size: Int { data == nil ? 0 : Int(length) }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes the text and returns where it ends.
    @inline(__always)
    fileprivate func put(_ text: kubearmor_string) -> Self {
        guard let data = text.data else { return self }
        memcpy(self, data, Int(text.length))
        return self + Int(text.length)
    }

    @inline(__always)
    fileprivate func put(_ text: StaticString) -> Self { put(kubearmor_string(text)) }
}
