// SPDX-License-Identifier: Apache-2.0
import Daemon
import Events
import Logging
import PluginABI
import Policy
import Synchronization
import Workloads

/// A controller over a directory of its own, and what it said.
final class ControllerFixture {
    let directory: TemporaryDirectory
    let enforcer: FakeEnforcer
    let history = RuleHistory()
    let messages = Messages()
    let controller: PolicyController

    final class Messages: Sendable {
        let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
    }

    init(_ enforcer: FakeEnforcer = FakeEnforcer(), settings: PolicySettings = PolicySettings()) throws {
        directory = try TemporaryDirectory()
        self.enforcer = enforcer
        let messages = messages
        controller = PolicyController(
            directory: directory.path, settings: settings, enforcer: enforcer,
            workloads: WorkloadRegistry(host: .host(name: "web-1")), history: history,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { level, text in messages.texts.withLock { $0.append("\(level) \(text)") } }
    }

    var objects: [String] { enforcer.applications.last.map(Self.objects) ?? [] }

    static func objects(_ application: FakeEnforcer.Application) -> [String] {
        application.rules.rules.map { rule in
            let start = Int(rule.object.offset)
            return String(
                decoding: application.rules.strings[start..<start + Int(rule.object.length)], as: UTF8.self)
        }
    }

    static func naming(_ names: String, path: String = "/etc/shadow") -> String {
        """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorPolicy
        metadata: {name: named}
        spec:
          selector: {matchLabels: {kubearmor.io/container.name: '\(names)'}}
          file: {matchPaths: [{path: \(path)}]}
          action: Block
        """
    }
}
