// SPDX-License-Identifier: Apache-2.0
import YAML

/// Reads scenario files; what it does not know is an error, never ignored.
struct ScenarioParser {
    let file: String

    static func folder(_ folder: String) throws -> [Scenario] {
        let names = try FileTree.names(in: folder).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        guard !names.isEmpty else { throw LabError("\(folder) holds no scenario (*.yaml)") }
        let scenarios = try names.map { try ScenarioParser(file: "\(folder)/\($0)").parse() }
        var seen: [String: String] = [:]
        for scenario in scenarios {
            if let other = seen.updateValue(scenario.file, forKey: scenario.name) {
                throw LabError("\(scenario.file): the name \(scenario.name) is that of \(other) already")
            }
        }
        return scenarios
    }

    func parse() throws -> Scenario {
        let node: YAMLNode?
        do {
            node = try YAMLParser.document(try FileTree.text(file))
        } catch let error as YAMLError {
            throw LabError("\(file):\(error.mark.map { "\($0):" } ?? "") \(error)")
        }
        guard let root = node?.mapping else { throw LabError("\(file): a scenario is a mapping") }
        var scenario = Scenario(file: file)
        for (key, value) in root {
            switch key.string ?? "" {
            case "name": scenario.name = try text(value)
            case "enforcer": scenario.enforcer = try text(value)
            case "requires": scenario.requires = try list(value).map(text)
            case "config": scenario.config = try mapping(value).map { ($0.string ?? "", try text($1)) }
            case "policies": scenario.policies = try text(value)
            case "setup": scenario.setup = try text(value)
            case "containers": scenario.containers = try list(value).count
            case "steps": scenario.steps = try list(value).map(step)
            case "meaning": _ = try list(value).map(text)  // for the reference evaluator
            case "description", "kernels": break
            default: throw failure(key, "no such key in a scenario")
            }
        }
        if scenario.name.isEmpty { throw LabError("\(file): name is missing") }
        if scenario.steps.isEmpty { throw LabError("\(file): steps are missing") }
        return scenario
    }

    private func step(_ node: YAMLNode) throws -> Scenario.Step {
        var step = Scenario.Step()
        step.line = node.mark.line
        for (key, value) in try mapping(node) {
            switch key.string ?? "" {
            case "in": step.place = try text(value)
            case "run": step.run = try text(value)
            case "as": step.uid = try userID(value)
            case "expect": try expect(value, of: &step)
            case "alerts": step.alerts = try list(value).map(fields)
            case "no-alerts": step.absentAlerts = try list(value).map(fields)
            case "predict", "access": break  // for the reference evaluator
            default: throw failure(key, "no such key in a step")
            }
        }
        if step.run.isEmpty { throw failure(node, "run is missing") }
        return step
    }

    private func userID(_ node: YAMLNode) throws -> Int {
        for (key, value) in try mapping(node) {
            guard key.string == "uid", let uid = Int(try text(value)) else { throw failure(key, "only uid: NUMBER") }
            return uid
        }
        return 0
    }

    private func expect(_ node: YAMLNode, of step: inout Scenario.Step) throws {
        for (key, value) in try mapping(node) {
            switch key.string ?? "" {
            case "exit": step.exit = try Expectation(fieldValue: try text(value))
            case "output": step.output = try Expectation(pattern: try text(value))
            default: throw failure(key, "only exit and output can be expected")
            }
        }
    }

    private func fields(_ node: YAMLNode) throws -> [Scenario.Field] {
        try mapping(node).map { key, value in
            Scenario.Field(name: try text(key), value: try Expectation(fieldValue: try text(value)))
        }
    }

    private func text(_ node: YAMLNode) throws -> String {
        guard let text = node.string else { throw failure(node, "a text is expected here") }
        return text
    }

    private func list(_ node: YAMLNode) throws -> [YAMLNode] {
        guard let sequence = node.sequence else { throw failure(node, "a list is expected here") }
        return sequence
    }

    private func mapping(_ node: YAMLNode) throws -> YAMLMapping {
        guard let mapping = node.mapping else { throw failure(node, "a mapping is expected here") }
        return mapping
    }

    private func failure(_ node: YAMLNode, _ message: String) -> LabError {
        LabError("\(file):\(node.mark): \(message)")
    }
}
