// SPDX-License-Identifier: Apache-2.0
import Policy

/// The binary form that Tests/Native/verdict.c reads.
struct CaseFile {
    private(set) var bytes: [UInt8] = []

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Begins a block: an automaton and how many cases follow.
    mutating func begin(_ automaton: Automaton, cases: Int) {
        bytes.append(contentsOf: "KCAS".utf8)
        append(UInt32(automaton.cells.count))
        for cell in automaton.cells { append(cell) }
        append(UInt32(cases))
    }

    /// Appends one access with what the evaluator says of it.
    mutating func add(_ subject: Subject, _ access: Access, _ decision: Decision) {
        let actor = access.accessClass == .process ? subject.parent : subject.executable
        append(access.accessClass.rawValue)
        append(access.bits.rawValue)
        append(UInt32(access.ownerUID == subject.uid ? 1 : 0))
        append(UInt32(subject.hasTTY ? 1 : 0))
        switch decision.decider {
        case .none:
            append(UInt32(0))
            append(UInt32(0))
        case .rule(let id):
            append(decision.action.rawValue)
            append(id)
        case .posture:
            append(decision.action.rawValue)
            append(UInt32(0xffff_fffe))
        }
        let object = access.object.bytes
        // As in memory: argv[0] and what follows, a NUL after each.
        var arguments: [UInt8] = []
        if let known = access.arguments {
            for argument in ["program"] + known { arguments += Array(argument.utf8) + [0] }
        }
        append(UInt32(actor.utf8.count))
        append(UInt32(object.count))
        append(UInt32(arguments.count))
        bytes.append(contentsOf: actor.utf8)
        bytes.append(contentsOf: object)
        bytes.append(contentsOf: arguments)
    }
}
