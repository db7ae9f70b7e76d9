// SPDX-License-Identifier: Apache-2.0
import PluginABI

/// A record as a test writes it down.
struct RecordFields {
    var type = KUBEARMOR_RECORD_ALERT
    var sequence: UInt64 = 1
    var texts: [(WritableKeyPath<kubearmor_record, kubearmor_string>, [UInt8])] = []
    var tags: [String] = []
    var eventData: [(String, String)] = []
    var numbers: (inout kubearmor_record) -> Void = { _ in }

    /// An alert with one text.
    init(_ path: WritableKeyPath<kubearmor_record, kubearmor_string> = \.resource, bytes: [UInt8]) {
        texts = [(path, bytes)]
    }

    init(resource: String = "") {
        self.init(bytes: Array(resource.utf8))
    }

    /// With further texts, in place of those of the same fields.
    func with(texts more: [(WritableKeyPath<kubearmor_record, kubearmor_string>, String)]) -> RecordFields {
        var copy = self
        copy.texts = texts.filter { old in !more.contains { $0.0 == old.0 } } + more.map { ($0, Array($1.utf8)) }
        return copy
    }

    func with(type: UInt32) -> RecordFields {
        var copy = self
        copy.type = type
        return copy
    }
}

/// The C array of records, with all that it points to; freed together.
final class RecordArray {
    let count: UInt64
    private let memory: UnsafeMutableRawPointer
    private var blocks: [UnsafeMutableRawPointer] = []

    var start: UnsafePointer<kubearmor_record> {
        UnsafePointer(memory.assumingMemoryBound(to: kubearmor_record.self))
    }

    /// `stride` other than the header's imitates a daemon that was built with another minor.
    init(_ records: [RecordFields], stride: Int = MemoryLayout<kubearmor_record>.stride) {
        count = UInt64(records.count)
        memory = .allocate(byteCount: max(1, records.count) * stride, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 0xee, count: max(1, records.count) * stride)
        for (index, fields) in records.enumerated() {
            var record = make(fields)
            record.struct_size = UInt32(stride)
            withUnsafeBytes(of: record) { bytes in
                (memory + index * stride).copyMemory(
                    from: UnsafeRawPointer(bytes.baseAddress ?? UnsafeRawPointer(memory)),
                    byteCount: min(stride, bytes.count))
            }
        }
    }

    deinit {
        memory.deallocate()
        for block in blocks {
            block.deallocate()
        }
    }

    private func make(_ fields: RecordFields) -> kubearmor_record {
        var record = kubearmor_record()
        record.type = fields.type
        record.sequence = fields.sequence
        for (path, bytes) in fields.texts {
            record[keyPath: path] = string(bytes)
        }
        let tags = fields.tags.map { string(Array($0.utf8)) }
        record.atags = UnsafePointer(keep(tags))
        record.atag_count = UInt64(tags.count)
        let pairs = fields.eventData.map { key, value in
            kubearmor_pair(
                struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: string(Array(key.utf8)),
                value: string(Array(value.utf8)))
        }
        record.event_data = UnsafePointer(keep(pairs))
        record.event_data_count = UInt64(pairs.count)
        fields.numbers(&record)
        return record
    }

    private func string(_ bytes: [UInt8]) -> kubearmor_string {
        kubearmor_string(
            data: UnsafeRawPointer(keep(bytes)).assumingMemoryBound(to: CChar.self), length: UInt64(bytes.count))
    }

    private func keep<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let place = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        place.initialize(from: elements, count: elements.count)
        blocks.append(UnsafeMutableRawPointer(place))
        return place
    }
}
