// SPDX-License-Identifier: Apache-2.0

/// The tails of all patterns as a nondeterministic automaton. Tails that begin alike share their states.
struct PatternGraph {
    /// One way out of a state.
    struct Edge {
        let set: ByteSet
        let target: Int32
    }

    private struct Step: Hashable {
        let state: Int32
        let element: PatternElement
    }

    private(set) var edges = ContiguousArray<Edge>()
    private var outgoing = LinkedLists()
    private var silent = LinkedLists()
    private var tags = LinkedLists()
    private var steps: [Step: Int32] = [:]
    private(set) var count = 0

    mutating func addState() -> Int32 {
        outgoing.addOwner()
        silent.addOwner()
        tags.addOwner()
        count += 1
        return Int32(count - 1)
    }

    /// Adds a tail that begins in `start`.
    mutating func add(_ tail: ArraySlice<PatternElement>, from start: Int32, tag: Int32) {
        var state = start
        for element in tail { state = follow(element, from: state) }
        tags.append(tag, to: Int(state))
    }

    func forEachEdge(of state: Int32, _ body: (Edge) -> Void) {
        outgoing.forEach(Int(state)) { body(edges[Int($0)]) }
    }

    func forEachTag(of state: Int32, _ body: (Int32) -> Void) {
        tags.forEach(Int(state), body)
    }

    /// Appends `state` and all that it reaches without input; only states that do something.
    func appendClosure(of state: Int32, to states: inout ContiguousArray<Int32>) {
        if !outgoing.isEmpty(Int(state)) || !tags.isEmpty(Int(state)) { states.append(state) }
        if silent.isEmpty(Int(state)) { return }
        var reached: [Int32] = []
        silent.forEach(Int(state)) { reached.append($0) }
        for next in reached { appendClosure(of: next, to: &states) }
    }

    private mutating func addEdge(from state: Int32, on set: ByteSet, to target: Int32) {
        edges.append(Edge(set: set, target: target))
        outgoing.append(Int32(edges.count - 1), to: Int(state))
    }

    private mutating func follow(_ element: PatternElement, from state: Int32) -> Int32 {
        let step = Step(state: state, element: element)
        if let known = steps[step] { return known }
        let target = addState()
        steps[step] = target
        switch element {
        case .byte(let byte):
            addEdge(from: state, on: ByteSet([byte]), to: target)
        case .set(let set):
            addEdge(from: state, on: set, to: target)
        case .loop(let set):
            silent.append(target, to: Int(state))
            addEdge(from: target, on: set, to: target)
        case .plus(let set):
            addEdge(from: state, on: set, to: target)
            addEdge(from: target, on: set, to: target)
        case .character(let set):
            addCharacter(ascii: set, from: state, to: target)
        }
        return target
    }

    private mutating func addCharacter(ascii: ByteSet, from state: Int32, to target: Int32) {
        addEdge(from: state, on: ascii.union(PatternElement.strays), to: target)
        for length in 2...4 {
            var current = state
            var set = ByteSet(PatternElement.leads(ofLength: length))
            for _ in 1..<length {
                let next = addState()
                addEdge(from: current, on: set, to: next)
                set = ByteSet(PatternElement.continuations)
                current = next
            }
            addEdge(from: current, on: set, to: target)
        }
    }
}
