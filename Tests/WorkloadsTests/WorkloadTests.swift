// SPDX-License-Identifier: Apache-2.0
import Glibc
import Policy
import Testing
import Workloads

@Suite struct WorkloadTests {
    @Test("The host carries the labels that nodes have, and the administrator's win")
    func hostLabels() {
        let host = Workload.host(name: "web-1", labels: ["role": "web", "kubearmor.io/hostname": "other"])
        #expect(host.key == Workload.hostKey)
        #expect(host.identity.isHost)
        #expect(host.labelText == "kubearmor.io/hostname=other,kubernetes.io/hostname=web-1,role=web")
    }

    @Test("A snapshot does not see what comes after it, and keys are given once")
    func snapshots() {
        let registry = WorkloadRegistry(host: .host(name: "web-1"))
        let before = registry.snapshot()
        let key = registry.newKey()
        registry.upsert(Workload(key: key, identity: .container))
        #expect(before[key] == nil)
        #expect(registry.snapshot().all.map(\.key) == [Workload.hostKey, key])
        registry.remove(key)
        #expect(registry.snapshot()[key] == nil)
        #expect(registry.newKey() != key)
    }

    @Test("procfs tells who this very process is")
    func ownIdentity() throws {
        let identity = ProcessIdentity(pid: UInt32(getpid()))
        #expect(try #require(identity.executable).hasPrefix("/"))
        #expect(identity.parent == UInt32(getppid()))
        #expect(identity.uid == getuid())
        #expect(identity.arguments == CommandLine.arguments)
        #expect(try #require(identity.workingDirectory).hasPrefix("/"))
    }

    @Test("A process that does not exist has no facts")
    func noProcess() {
        let identity = ProcessIdentity(pid: 0x7fff_fff0)
        #expect(identity.executable == nil)
        #expect(identity.parent == nil)
        #expect(identity.uid == nil)
        #expect(identity.arguments.isEmpty)
        #expect(identity.terminal == "")
    }

    @Test("User names come from the passwd file: the first line of a number counts, unknown ones have none")
    func userNames() throws {
        let path = "/tmp/kubearmor-passwd-\(getpid())"
        let file = try #require(fopen(path, "w"))
        fputs("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbroken\nana:x:1001:1001::/:/bin/sh\n", file)
        fclose(file)
        defer { unlink(path) }
        let names = UserNames(path: path)
        #expect(names.name(of: 0) == "root")
        #expect(names.name(of: 1001) == "ana")
        #expect(names.name(of: 7) == "")
    }

    @Test("Without a machine id the node is known by its name")
    func nodeName() {
        let node = NodeIdentity.read(clusterName: "c", hostName: "web-1", machineIDPath: "/nowhere/machine-id")
        #expect(node.clusterName == "c")
        #expect(node.hostName == "web-1")
        #expect(!node.nodeID.isEmpty)
    }
}

extension WorkloadIdentity {
    fileprivate static let container = WorkloadIdentity(
        isHost: false, name: "pod", namespace: "shop", containerName: "front", labels: ["app": "shop"])
}
