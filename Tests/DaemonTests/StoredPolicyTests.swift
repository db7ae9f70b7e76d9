// SPDX-License-Identifier: Apache-2.0
import Daemon
import Events
import Glibc
import Logging
import Policy
import Synchronization
import Testing
import Workloads

/// A controller that takes policies by API, over directories that may have been another's.
private final class Node {
    let files: TemporaryDirectory
    let stored: String
    let enforcer = FakeEnforcer()
    let controller: PolicyController

    init(files: TemporaryDirectory, settings: PolicySettings = PolicySettings()) {
        self.files = files
        stored = "\(files.path)/state/policies"
        controller = PolicyController(
            directory: files.path, storedIn: stored, settings: settings, enforcer: enforcer,
            workloads: WorkloadRegistry(host: .host(name: "web-1")), history: RuleHistory(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, _ in }
        controller.reload()
    }

    func ask(_ type: String, _ object: String) -> PolicyRequest.Outcome {
        controller.carryOut(#"{"type": "\#(type)", "object": \#(object)}"#).outcome
    }

    var inForce: [String] { controller.inForce(1)?.policies.sorted() ?? [] }

    var names: [String] {
        var names: [String] = []
        guard let directory = opendir(stored) else { return names }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

private func host(_ name: String, _ path: String = "/etc/shadow", action: String = "Block") -> String {
    """
    {"apiVersion": "security.kubearmor.com/v1", "kind": "KubeArmorHostPolicy", "metadata": {"name": "\(name)"},
     "spec": {"nodeSelector": {"matchLabels": {"kubernetes.io/hostname": "web-1"}}, "action": "\(action)",
              "file": {"matchPaths": [{"path": "\(path)"}]}}}
    """
}

@Suite struct StoredPolicyTests {
    @Test("What comes by API is in force, is kept for the next daemon, and goes when it is deleted")
    func life() throws {
        let files = try TemporaryDirectory()
        let first = Node(files: files)
        #expect(first.ask("ADDED", host("one")) == .applied)
        #expect(first.ask("ADDED", host("two", "/etc/passwd")) == .applied)
        #expect(first.ask("MODIFIED", host("two", "/etc/group")) == .modified)
        #expect(first.inForce == ["one", "two"])
        let second = Node(files: files)
        #expect(second.inForce == ["one", "two"])
        #expect(second.ask("DELETED", host("one")) == .deleted)
        #expect(second.ask("DELETED", host("one")) == .notExist)
        #expect(second.inForce == ["two"])
        #expect(second.names == ["hsp.two.json"])
    }

    @Test(
        "What is wrong changes nothing",
        arguments: [
            host("one", "no/path"), host("one", action: "Blok"), host("../one"), host("a/b"), host(".hidden"), host(""),
            "{}", "[]", #"{"kind": "KubeArmorHostPolicy", "metadata": {"name": "one"}}"#, "nonsense",
        ])
    func invalid(_ object: String) throws {
        let node = Node(files: try TemporaryDirectory())
        #expect(node.ask("ADDED", host("one")) == .applied)
        #expect(node.ask("MODIFIED", object) == .invalid)
        #expect(node.ask("REPLACED", host("one")) == .invalid)
        #expect(node.inForce == ["one"])
        #expect(node.names == ["hsp.one.json"])
        #expect(node.enforcer.applications.count == 2)
    }

    @Test("What the enforcer refuses is taken back")
    func refused() throws {
        let files = try TemporaryDirectory()
        let node = Node(files: files)
        #expect(node.ask("ADDED", host("one")) == .applied)
        node.enforcer.refuses.store(true, ordering: .relaxed)
        #expect(node.ask("ADDED", host("two", "/etc/passwd")) == .failure)
        #expect(node.ask("MODIFIED", host("one", "/etc/passwd")) == .failure)
        #expect(node.names == ["hsp.one.json"])
        #expect(node.inForce == ["one"])
        node.enforcer.refuses.store(false, ordering: .relaxed)
        #expect(Node(files: files).inForce == ["one"])
        #expect(node.ask("ADDED", host("two", "/etc/passwd")) == .applied)
        #expect(node.inForce == ["one", "two"])
    }

    @Test("A policy of a file is not changed by API, and counts when it comes later")
    func files() throws {
        let files = try TemporaryDirectory()
        let node = Node(files: files)
        try files.write("mine.json", host("mine"))
        node.controller.reload()
        #expect(node.ask("ADDED", host("mine", "/etc/passwd")) == .failure)
        #expect(node.names == [])
        #expect(node.ask("ADDED", host("other")) == .applied)
        try files.write("other.json", host("other", "/etc/group"))
        node.controller.reload()
        let places = node.controller.inForce(1)?.rules.set.rules.map(\.location.file).sorted()
        #expect(places == ["\(files.path)/mine.json", "\(files.path)/other.json"])
    }

    @Test("Where a policy came from is in its place")
    func origin() throws {
        let node = Node(files: try TemporaryDirectory())
        #expect(node.ask("ADDED", host("one")) == .applied)
        let places = node.controller.inForce(1)?.rules.set.rules.map(\.location.file)
        #expect(places == ["api:\(node.stored)/hsp.one.json"])
    }

    @Test("Kinds that are off are not taken, but can be deleted")
    func notEnabled() throws {
        let files = try TemporaryDirectory()
        #expect(Node(files: files).ask("ADDED", host("one")) == .applied)
        var settings = PolicySettings()
        settings.enablesHostPolicy = false
        let node = Node(files: files, settings: settings)
        #expect(node.ask("ADDED", host("two")) == .notEnabled)
        #expect(
            node.ask("ADDED", #"{"kind": "KubeArmorNetworkPolicy", "metadata": {"name": "n"}}"#) == .notEnabled)
        #expect(node.ask("DELETED", host("one")) == .deleted)
    }
}
