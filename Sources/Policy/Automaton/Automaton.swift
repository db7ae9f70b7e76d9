// SPDX-License-Identifier: Apache-2.0

/// The rules of a rule set in the form that kernel programs walk
/// (Sources/KernelEvents/include/kubearmor_automaton.h). A value, free to share between threads.
public struct Automaton: Sendable {
    /// The cells; references inside are indexes into this array.
    public let cells: [UInt64]

    /// Compiles a rule set.
    ///
    /// - Parameter cellLimit: how many cells of 8 bytes the automaton may have.
    /// - Throws: what is too much, and what to do about it. Nothing is left out.
    public static func compile(_ ruleSet: RuleSet, cellLimit: Int) throws(AutomatonError) -> Automaton {
        Automaton(cells: try AutomatonCompiler(ruleSet, cellLimit: cellLimit).compile())
    }

    /// Decides one access as a kernel program does: the executable definition of the format.
    ///
    /// Accesses of classes that automata do not hold are allowed.
    public func decide(_ subject: Subject, _ access: Access) -> Decision {
        let actor = access.accessClass == .process ? subject.parent : subject.executable
        return decide(
            access, object: access.object.bytes, actor: Array(actor.utf8),
            isOwner: access.ownerUID == subject.uid, hasTTY: subject.hasTTY)
    }

    /// Decides one access to an object of any bytes, which need not be UTF-8.
    ///
    /// - Parameters:
    ///   - access: class and access bits; its own object is not looked at.
    ///   - object: the path accessed, or what stands for another object in the object automaton.
    ///   - actor: for the class process the parent's executable, otherwise the subject's own.
    ///   - isOwner: whether the subject owns the object.
    ///   - hasTTY: whether the subject has a controlling terminal.
    public func decide(_ access: Access, object: [UInt8], actor: [UInt8], isOwner: Bool, hasTTY: Bool) -> Decision {
        let isProcess = access.accessClass == .process
        guard !isProcess || access.bits.contains(.execute), header(.classes) & access.accessClass.bit != 0 else {
            return Decision(posture: nil)
        }
        let sources = sourceIDs(of: actor, for: access.accessClass)
        let record = accept(object, from: Int(header(.objectStart)))
        if record != 0 {
            let lists = cells[Int(header(.objectAcceptBase)) + record]
            let list = Int(access.accessClass == .file ? lists >> 32 : lists & 0xffff_ffff)
            let decision = list == 0 ? nil : firstMatch(list, access, sources, isOwner, hasTTY)
            if let decision { return decision }
        }
        if access.object.isPlace { return Decision(posture: nil) }
        let posture = Word(postureOf: access.accessClass).flatMap { Posture(rawValue: header($0)) }
        return Decision(posture: posture)
    }

    private func firstMatch(
        _ list: Int, _ access: Access, _ sources: [UInt32], _ isOwner: Bool, _ hasTTY: Bool
    ) -> Decision? {
        var cell = list
        for _ in 0..<AutomatonFormat.candidates {
            let candidate = cells[cell]
            let source = UInt32(truncatingIfNeeded: cells[cell + 1])
            let flags = UInt32(candidate >> AutomatonFormat.candidateFlagsShift & 0xffff)
            let action = Action(rawValue: UInt32(candidate >> AutomatonFormat.candidateActionShift & 0xff))
            if let action, source == 0 || sources.contains(source), holds(cells[cell + 1], action, access.arguments) {
                let outcome = RuleCondition.outcome(
                    action: action, flags: RuleFlags(rawValue: flags), isWrite: access.bits.contains(.write),
                    isOwner: isOwner, hasTTY: hasTTY)
                let id = UInt32(truncatingIfNeeded: candidate)
                if let outcome { return Decision(action: outcome, decider: .rule(id)) }
            }
            if candidate >> AutomatonFormat.candidateMarksShift & AutomatonFormat.candidateLast != 0 { return nil }
            cell += AutomatonFormat.candidateCells
        }
        return nil
    }

    /// Whether the arguments are such that a candidate with this second cell matches.
    private func holds(_ second: UInt64, _ action: Action, _ arguments: [String]?) -> Bool {
        let start = Int(second >> AutomatonFormat.candidateArgumentsShift)
        guard start != 0 else { return true }
        let refuses = arguments.map { !$0.allSatisfy { accept(Array($0.utf8), from: start) != 0 } } ?? true
        return refuses == (action != .allow)
    }

    private func sourceIDs(of actor: [UInt8], for accessClass: AccessClass) -> [UInt32] {
        guard header(.sourcedClasses) & accessClass.bit != 0, header(.subjectStart) != 0 else { return [] }
        let record = accept(actor, from: Int(header(.subjectStart)))
        guard record != 0 else { return [] }
        let first = Int(header(.subjectAcceptBase)) + record
        let halves = cells[first..<(first + AutomatonFormat.sourceCells)].flatMap { cell in
            [UInt32(truncatingIfNeeded: cell), UInt32(truncatingIfNeeded: cell >> 32)]
        }
        return halves.filter { $0 != 0 }
    }

    /// The `accept` of the state in which `input` ends, 0 for none.
    private func accept(_ input: [UInt8], from start: Int) -> Int {
        var state = start
        guard state != 0 else { return 0 }
        for byte in input {
            let candidate = cells[state + Int(byte)]
            let isTransition = byte != 0 && candidate >> AutomatonFormat.checkShift & 0xff == UInt64(byte)
            let cell = isTransition ? candidate : cells[state]
            state = Int(cell & AutomatonFormat.nextMask)
            if state == 0 { return 0 }
            if cell >> AutomatonFormat.flagsShift & AutomatonFormat.sinkFlag != 0 { break }
        }
        return Int(cells[state] >> AutomatonFormat.acceptShift & AutomatonFormat.acceptMask)
    }

    /// The words of `struct kubearmor_automaton`, by their place.
    private enum Word: Int {
        case objectStart = 3
        case subjectStart = 4
        case objectAcceptBase = 5
        case subjectAcceptBase = 6
        case classes = 7
        case postureProcess = 8
        case postureFile = 9
        case sourcedClasses = 10
        case postureNetwork = 11
        case postureCapability = 12
        case postureDNS = 13

        init?(postureOf accessClass: AccessClass) {
            switch accessClass {
            case .process: self = .postureProcess
            case .file: self = .postureFile
            case .network: self = .postureNetwork
            case .capability: self = .postureCapability
            case .dns: self = .postureDNS
            case .syscall, .preset, .device: return nil
            }
        }
    }

    private func header(_ word: Word) -> UInt32 {
        UInt32(truncatingIfNeeded: cells[word.rawValue / 2] >> (word.rawValue % 2 == 0 ? 0 : 32))
    }
}
