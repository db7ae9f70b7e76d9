// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Testing

@Suite("How the file feeder keeps to plugin.h")
struct ContractTests {
    @Test("The entry answers with a feeder of this ABI")
    func answers() throws {
        let host = TestHost([:]).makeTable()
        let (result, answer, _) = try FeederLibrary().negotiate(host: host)
        #expect(result == 0)
        #expect(answer.kind == KUBEARMOR_KIND_FEEDER)
        #expect(answer.abi_major == UInt16(KUBEARMOR_ABI_MAJOR))
        let table = try #require(answer.table).load(as: kubearmor_feeder.self)
        #expect(table.struct_size == UInt32(MemoryLayout<kubearmor_feeder>.size))
    }

    @Test("Another major is refused with both versions", arguments: [0, 2, 65_535] as [UInt16])
    func otherMajor(major: UInt16) throws {
        let host = TestHost([:]).makeTable()
        let (result, answer, error) = try FeederLibrary().negotiate(major: major, host: host)
        #expect(result == -EPROTO)
        #expect(answer.table == nil)
        #expect(error.contains("\(major).0") && error.contains("\(KUBEARMOR_ABI_MAJOR).\(KUBEARMOR_ABI_MINOR)"))
    }

    @Test("NULL arguments are EINVAL in every entry")
    func nullArguments() throws {
        let entry = try FeederLibrary().entry
        #expect(entry(nil, nil, nil, 0) == -EINVAL)
        #expect(try FeederLibrary().negotiate(host: nil).result == -EINVAL)
        let feeder = try OpenFeeder(logPath: "none")
        let table = feeder.table
        #expect(table.probe?(nil, nil, nil, 0) == -EINVAL)
        #expect(table.open?(nil, nil, nil, 0) == -EINVAL)
        #expect(table.publish?(nil, nil, 0, nil, 0) == -EINVAL)
        #expect(table.publish?(feeder.reference, nil, 1, nil, 0) == -EINVAL)
        #expect(table.flush?(nil, 0, nil, 0) == -EINVAL)
        #expect(table.reopen?(nil, nil, 0) == -EINVAL)
        #expect(table.stats?(feeder.reference, nil, 1, nil, nil, 0) == -EINVAL)
        var count: UInt64 = 0
        #expect(table.stats?(feeder.reference, nil, 1, &count, nil, 0) == -EINVAL)
        #expect(table.stats?(feeder.reference, nil, 0, &count, nil, 0) == 0)
        #expect(count > 0)
        #expect(table.close?(nil, nil, 0) == -EINVAL)
    }

    @Test("An error's text is cut to the buffer and ends in a NUL", arguments: [1, 2, 10, 1_024])
    func errorBuffer(size: Int) throws {
        let feeder = try OpenFeeder(logPath: "none")
        var error = [CChar](repeating: 0x55, count: 2_000)
        #expect(feeder.table.flush?(nil, 0, &error, UInt64(size)) == -EINVAL)
        #expect(error[..<size].contains(0))
        #expect(error[size...].allSatisfy { $0 == 0x55 })
    }

    @Test("Records of a newer and of an older daemon are read by their own stride", arguments: [712 + 40, 712, 632])
    func stride(bytes: Int) throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        let publish = try #require(feeder.table.publish)
        let array = RecordArray(["one", "two"].map { RecordFields(resource: $0) }, stride: bytes)
        #expect(publish(feeder.reference, array.start, array.count, nil, 0) == 2)
        #expect(
            try folder.lines() == ["one", "two"].map { #"{"PPID":0,"UID":0,"Resource":"\#($0)"}"# })
    }

    @Test("Impossible sizes and counts are EINVAL")
    func impossibleSizes() throws {
        let feeder = try OpenFeeder(logPath: "none")
        let publish = try #require(feeder.table.publish)
        var record = kubearmor_record()
        #expect(publish(feeder.reference, &record, 1, nil, 0) == -EINVAL)
        record.struct_size = UInt32(MemoryLayout<kubearmor_record>.size)
        #expect(publish(feeder.reference, &record, .max, nil, 0) == -EINVAL)
    }

    @Test("stats fills no further than the caller's capacity and stride")
    func statsCapacity() throws {
        let feeder = try OpenFeeder(logPath: "none")
        let stats = try #require(feeder.table.stats)
        var array = [kubearmor_stat](repeating: kubearmor_stat(), count: 4)
        array[0].struct_size = UInt32(MemoryLayout<kubearmor_stat>.size)
        array[2].value = 77
        var count: UInt64 = 0
        #expect(stats(feeder.reference, &array, 2, &count, nil, 0) == 0)
        #expect(count > 2)
        #expect(array[1].struct_size == UInt32(MemoryLayout<kubearmor_stat>.size))
        #expect(array[2].value == 77)
    }

    @Test("The probe names the capabilities")
    func capabilities() throws {
        #expect(try probe(logPath: "stdout").capabilities == "publish.alert publish.log")
    }
}
