// SPDX-License-Identifier: Apache-2.0

/// An enforcer's numbers; those of single workloads (`workload.<key>.<name>`) by their keys, when they are not 0.
struct EnforcerStatistics {
    private(set) var node: [NodeStatus.Statistic] = []
    private(set) var workloads: [UInt64: [NodeStatus.Statistic]] = [:]

    init(_ numbers: [(name: String, value: UInt64)]) {
        for number in numbers {
            let parts = number.name.split(separator: ".", maxSplits: 2)
            if parts.count == 3, parts[0] == "workload", let key = UInt64(parts[1]) {
                guard number.value > 0 else { continue }
                workloads[key, default: []].append(.init(name: String(parts[2]), value: number.value))
            } else {
                node.append(.init(name: number.name, value: number.value))
            }
        }
    }
}
