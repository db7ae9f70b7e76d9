// SPDX-License-Identifier: Apache-2.0

/// Writes the parts of an automaton into one array of cells.
struct AutomatonLayout {
    private var cells = [UInt64](repeating: 0, count: AutomatonFormat.headerCells)
    private let cellLimit: Int
    private let ruleSet: RuleSet
    private let classes: UInt32
    private let sourcedClasses: UInt32
    private let arguedClasses: UInt32
    private var objectStart = 0
    private var subjectStart = 0
    private var objectAcceptBase = 0
    private var subjectAcceptBase = 0

    init(_ ruleSet: RuleSet, rules: [ResolvedRule], cellLimit: Int) {
        self.ruleSet = ruleSet
        self.cellLimit = cellLimit
        classes = rules.reduce(0) { $0 | $1.accessClass.bit }
        sourcedClasses = rules.reduce(0) { $0 | ($1.source == nil ? 0 : $1.accessClass.bit) }
        arguedClasses = rules.reduce(0) { $0 | ($1.arguments == nil ? 0 : $1.accessClass.bit) }
    }

    /// Writes the states. Returns where each of `arguments` begins.
    mutating func add(
        objects: StateMachine, subjects: StateMachine?, arguments: [StateMachine]
    ) throws(AutomatonError) -> [UInt32] {
        var packer = CellPacker(cellLimit: cellLimit)
        let places = try packer.place([objects] + (subjects.map { [$0] } ?? []) + arguments)
        cells += [UInt64](repeating: 0, count: packer.end - cells.count)
        write(objects, places[0], acceptScale: 1)
        objectStart = Int(places[0][Int(objects.start)])
        if let subjects {
            write(subjects, places[1], acceptScale: AutomatonFormat.sourceCells)
            subjectStart = Int(places[1][Int(subjects.start)])
        }
        return zip(arguments, places.suffix(arguments.count)).map { machine, places in
            write(machine, places, acceptScale: 1)
            return UInt32(places[Int(machine.start)])
        }
    }

    /// - Parameter acceptScale: cells of one acceptance record; record n begins at cell 1 + (n - 1) × scale.
    private mutating func write(_ machine: StateMachine, _ places: ContiguousArray<Int32>, acceptScale: Int) {
        let table = machine.table
        func reference(_ state: Int32) -> UInt64 {
            let sink = state != 0 && table.isSink(Int(state)) ? AutomatonFormat.sinkFlag : 0
            return UInt64(places[Int(state)]) | sink << AutomatonFormat.flagsShift
        }
        for state in 1..<max(table.count, 1) where places[state] != 0 {
            let place = Int(places[state])
            let record = Int(table.accepts[state])
            let accept = record == 0 ? 0 : 1 + (record - 1) * acceptScale
            cells[place] = reference(table.fallbacks[state]) | UInt64(accept) << AutomatonFormat.acceptShift
            for position in table.range(state) {
                let byte = table.bytes[position]
                cells[place + Int(byte)] =
                    reference(table.targets[position]) | UInt64(byte) << AutomatonFormat.checkShift
            }
        }
    }

    /// Appends the candidate lists, then the records that name them.
    mutating func add(_ candidates: CandidateLists) {
        var starts = [0]
        for list in candidates.lists {
            starts.append(cells.count)
            for (index, rank) in list.enumerated() {
                let pair = candidates.cells(rank: rank, isLast: index == list.count - 1)
                cells.append(pair.0)
                cells.append(pair.1)
            }
        }
        objectAcceptBase = cells.count
        cells.append(0)
        for record in candidates.records {
            cells.append(UInt64(starts[record.file]) << 32 | UInt64(starts[record.other]))
        }
    }

    /// Appends the records of source ids.
    mutating func add(_ records: SourceRecords) {
        guard !records.sources.isEmpty else { return }
        subjectAcceptBase = cells.count
        cells.append(0)
        for record in records.records {
            for half in 0..<AutomatonFormat.sourceCells {
                let low = half * 2 < record.count ? UInt64(record[half * 2]) : 0
                let high = half * 2 + 1 < record.count ? UInt64(record[half * 2 + 1]) : 0
                cells.append(low | high << 32)
            }
        }
    }

    /// Writes the header and checks the limits.
    mutating func finish() throws(AutomatonError) -> [UInt64] {
        let records = max(cells.count - objectAcceptBase, cells.count - subjectAcceptBase)
        let isAddressable = objectAcceptBase == 0 || records <= Int(AutomatonFormat.acceptMask)
        if cells.count > cellLimit || !isAddressable {
            throw .cellLimitExceeded(needed: cells.count, limit: min(cellLimit, Int(AutomatonFormat.acceptMask)))
        }
        func pair(_ low: Int, _ high: Int) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
        cells[0] = pair(Int(AutomatonFormat.magic), Int(AutomatonFormat.version))
        cells[1] = pair(cells.count, objectStart)
        cells[2] = pair(subjectStart, objectAcceptBase)
        cells[3] = pair(subjectAcceptBase, Int(classes))
        cells[4] = pair(Int(posture(.process)), Int(posture(.file)))
        cells[5] = pair(Int(sourcedClasses), Int(posture(.network)))
        cells[6] = pair(Int(posture(.capability)), Int(posture(.dns)))
        cells[7] = pair(0, Int(arguedClasses))
        return cells
    }

    /// `KUBEARMOR_ACTION_…` of a class's posture; 0 where it says nothing.
    private func posture(_ accessClass: AccessClass) -> UInt32 {
        guard let posture = ruleSet.posture(of: accessClass), posture != .allow else { return 0 }
        return posture.rawValue
    }
}
