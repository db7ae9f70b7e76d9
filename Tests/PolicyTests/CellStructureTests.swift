// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing

@Suite("Cells are laid out as the header says")
struct CellStructureTests {
    /// The states that can be reached from one start, read from the cells.
    private struct States {
        private let cells: [UInt64]
        private(set) var targets: [Int: [Int]] = [:]
        private(set) var wrongFlags = 0

        init(_ cells: [UInt64], start: Int) {
            self.cells = cells
            var open = [start]
            while let state = open.popLast() {
                if state == 0 || targets[state] != nil { continue }
                let row = (1...255).map { next(state, $0) }
                targets[state] = row.map { Int($0 & AutomatonFormat.nextMask) }
                open += Set(targets[state] ?? [])
            }
            for (state, row) in targets {
                for (index, target) in row.enumerated() {
                    let isFlagged = next(state, index + 1) >> AutomatonFormat.flagsShift == AutomatonFormat.sinkFlag
                    let isSink = target != 0 && targets[target]?.allSatisfy { $0 == target } == true
                    if isFlagged != isSink { wrongFlags += 1 }
                }
            }
        }

        private func next(_ state: Int, _ byte: Int) -> UInt64 {
            let cell = cells[state + byte]
            return cell >> AutomatonFormat.checkShift & 0xff == UInt64(byte) ? cell : cells[state]
        }

        /// How many states differ in behaviour, the dead one included, by refining until nothing changes.
        func classCount() -> Int {
            let states = [0] + targets.keys.sorted()
            var classes: [Int: Int] = [:]
            for state in states {
                let accept = cells[state] >> AutomatonFormat.acceptShift & AutomatonFormat.acceptMask
                classes[state] = state == 0 ? 0 : Int(accept)
            }
            var count = Set(classes.values).count
            while true {
                var numbers: [[Int]: Int] = [:]
                var refined: [Int: Int] = [:]
                for state in states {
                    let row = targets[state] ?? Array(repeating: 0, count: 255)
                    let signature = [classes[state] ?? 0] + row.map { classes[$0] ?? 0 }
                    let number = numbers[signature] ?? numbers.count
                    numbers[signature] = number
                    refined[state] = number
                }
                classes = refined
                if numbers.count == count { return count }
                count = numbers.count
            }
        }
    }

    @Test("Every state is needed, has its cells inside, and sinks are marked", arguments: 0..<15 as Range<UInt64>)
    func minimal(seed: UInt64) throws {
        var random = RandomPolicies(seed: seed + 500)
        let set = RuleSet.resolve(
            policies: random.policies(rules: 1 + random.generator.below(4)), postures: Postures())
        let cells = try Automaton.compile(set, cellLimit: 1 << 20).cells
        for start in [Int(cells[1] >> 32), Int(cells[2] & 0xffff_ffff)] where start != 0 {
            let states = States(cells, start: start)
            #expect(states.targets.keys.allSatisfy { $0 >= AutomatonFormat.headerCells && $0 + 255 < cells.count })
            #expect(states.wrongFlags == 0)
            #expect(states.classCount() == states.targets.count + 1)
        }
    }
}
