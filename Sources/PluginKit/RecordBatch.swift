// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// The records of one `publish`. A view: valid until that call returns.
public struct RecordBatch: Sequence {
    /// The daemon's array, which it keeps until the entry returns.
    private let start: UnsafeRawPointer?
    private let stride: Int
    /// How many records there are.
    public let count: Int

    /// `records` has `count` elements whose stride is the first one's `struct_size`.
    public init(_ records: UnsafePointer<kubearmor_record>?, count: UInt64) throws(PluginFailure) {
        guard let records else { throw .missing("records") }
        guard let count = Int(exactly: count) else { throw .missing("count") }
        let stride = count == 0 ? leastStructSize : Int(sizeOf(UnsafeRawPointer(records)))
        guard stride >= leastStructSize, !count.multipliedReportingOverflow(by: stride).overflow else {
            throw .missing("struct_size of the first record")
        }
        start = UnsafeRawPointer(records)
        self.stride = stride
        self.count = count
    }

    /// All of them.
    public var underestimatedCount: Int { count }

    /// Walks the records in the daemon's order.
    public struct Iterator: IteratorProtocol {
        fileprivate let batch: RecordBatch
        fileprivate var index = 0

        /// The next record; nil behind the last.
        public mutating func next() -> Record? {
            guard index < batch.count, let start = batch.start else { return nil }
            defer { index += 1 }
            return Record(copy(start + index * batch.stride, size: batch.stride, zero: kubearmor_record()))
        }
    }

    /// Starts at the first record.
    public func makeIterator() -> Iterator {
        Iterator(batch: self)
    }
}
