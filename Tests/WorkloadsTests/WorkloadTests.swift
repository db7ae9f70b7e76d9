// SPDX-License-Identifier: Apache-2.0
import Glibc
import Policy
import Testing
import Workloads

private let hex = String(repeating: "0123456789abcdef", count: 4)
private let other = String(repeating: "f", count: 64)

@Suite struct WorkloadTests {
    @Test("The host carries the labels that nodes have, and the administrator's win")
    func hostLabels() {
        let host = Workload.host(name: "web-1", labels: ["role": "web", "kubearmor.io/hostname": "other"])
        #expect(host.key == Workload.hostKey)
        #expect(host.identity.isHost)
        #expect(host.labelText == "kubearmor.io/hostname=other,kubernetes.io/hostname=web-1,role=web")
    }

    @Test(
        "Names and labels of a pod tell what made it",
        arguments: [
            ("shop-5d9c7b-x2x4q", ["pod-template-hash": "5d9c7b"], "Deployment/shop"),
            ("shop-front-5d9c7b-x2x4q", ["pod-template-hash": "5d9c7b"], "Deployment/shop-front"),
            ("lone-x2x4q", ["pod-template-hash": "5d9c7b"], "ReplicaSet/lone"),
            ("-5d9c7b-x2x4q", ["pod-template-hash": "5d9c7b"], "ReplicaSet/-5d9c7b"),
            (
                "db-0", ["statefulset.kubernetes.io/pod-name": "db-0", "controller-revision-hash": "db-7f"],
                "StatefulSet/db"
            ),
            ("db-0", ["statefulset.kubernetes.io/pod-name": "other-0"], nil),
            ("agent-k8x2p", ["controller-revision-hash": "6b", "pod-template-generation": "1"], "DaemonSet/agent"),
            ("nightly-28-abcde", ["job-name": "nightly-28"], "Job/nightly-28"),
            ("nightly-28-abcde", ["batch.kubernetes.io/job-name": "nightly-28"], "Job/nightly-28"),
            ("nightly-28-abcde", ["job-name": ""], nil), ("web", ["pod-template-hash": "5d9c7b"], nil),
            ("-x", ["pod-template-hash": "5d9c7b"], nil), ("", ["job-name": "nightly"], nil),
            ("shop-5d9c7b-x2x4q", [:], nil),
        ] as [(String, [String: String], String?)])
    func owners(pod: String, labels: [String: String], owner: String?) {
        func ownerText(container: String) -> String? {
            let identity = WorkloadIdentity(
                isHost: false, name: pod, namespace: "shop", containerName: container, labels: labels)
            return Workload(key: 17, identity: identity).owner.map { "\($0.kind)/\($0.name)" }
        }
        #expect(ownerText(container: "app") == owner)
        // Outside of Kubernetes labels say nothing.
        #expect(ownerText(container: pod) == nil)
    }

    @Test("A snapshot does not see what comes after it")
    func snapshots() {
        let registry = WorkloadRegistry(host: .host(name: "web-1"))
        let before = registry.snapshot()
        let key: UInt64 = 17
        registry.upsert(Workload(key: key, identity: .container))
        #expect(before[key] == nil)
        #expect(registry.snapshot().all.map(\.key) == [Workload.hostKey, key])
        registry.remove(key)
        #expect(registry.snapshot()[key] == nil)
    }

    @Test(
        "Names of cgroups tell containers",
        arguments: [
            ("docker-\(hex).scope", "system.slice", "docker"), ("cri-containerd-\(hex).scope", "x.slice", "containerd"),
            ("crio-\(hex).scope", "x.slice", "cri-o"), ("libpod-\(hex).scope", "machine.slice", "podman"),
            ("libpod-\(hex)", "libpod_parent", "podman"), (hex, "docker", "docker"), (hex, "pod17", "containerd"),
            ("other-\(hex).scope", "x", "other"), ("crio-conmon-\(hex).scope", "x", nil),
            ("libpod-conmon-\(hex).scope", "x", nil),
            ("\(hex).scope", "x", nil), ("docker-\(hex.dropLast()).scope", "x", nil), ("ssh.service", "x", nil),
            ("docker-\(hex.uppercased()).scope", "x", nil), ("docker\(hex).scope", "x", nil), ("", "x", nil),
        ] as [(String, String, String?)])
    func containerCgroups(name: String, parent: String, runtime: String?) {
        let container = ContainerCgroup(name: name, parent: parent, cgroup: 7)
        #expect(container?.runtime == runtime)
        #expect(container?.id == runtime.map { _ in hex })
    }

    @Test("Containers are found wherever they are in the hierarchy, and nothing inside of one")
    func cgroupTree() throws {
        let root = "/tmp/kubearmor-cgroups-\(getpid())"
        let paths = [
            root, "\(root)/system.slice", "\(root)/system.slice/docker-\(hex).scope",
            "\(root)/system.slice/docker-\(hex).scope/\(other)", "\(root)/kubepods", "\(root)/kubepods/pod1",
            "\(root)/kubepods/pod1/\(other)",
        ]
        defer { for path in paths.reversed() { rmdir(path) } }
        for path in paths { try #require(mkdir(path, 0o755) == 0) }
        var read: [String] = []
        let found = CgroupTree(root: root).containers { read.append($0) }
        #expect(Set(found.map(\.id)) == [hex, other] && found.count == 2)
        #expect(Set(read) == Set([paths[0], paths[1], paths[4], paths[5]]))
        var status = stat()
        try #require(stat(paths[2], &status) == 0)
        #expect(found.first { $0.id == hex }?.cgroup == UInt64(status.st_ino))
    }

    @Test("What is made in a directory that others may write to is no container, nor anything below")
    func delegatedCgroups() throws {
        let root = "/tmp/kubearmor-delegated-\(getpid())"
        let paths = [
            root, "\(root)/user.slice", "\(root)/user.slice/docker-\(hex).scope", "\(root)/user.slice/app.slice",
            "\(root)/user.slice/app.slice/\(other)", "\(root)/\(other)",
        ]
        defer { for path in paths.reversed() { rmdir(path) } }
        for path in paths { try #require(mkdir(path, 0o755) == 0) }
        #expect(CgroupTree(root: root).containers { _ in }.count == 3)
        try #require(chmod(paths[1], 0o775) == 0)
        #expect(CgroupTree(root: root).containers { _ in }.map(\.id) == [other])
        guard getuid() == 0 else { return }
        try #require(chmod(paths[1], 0o755) == 0 && chown(paths[1], 1000, 1000) == 0)
        #expect(CgroupTree(root: root).containers { _ in }.map(\.id) == [other])
        // A runtime gives a container with users of its own its cgroup: that is still made by root.
        try #require(chown(paths[1], 0, 0) == 0 && chown(paths[2], 1000, 1000) == 0)
        #expect(CgroupTree(root: root).containers { _ in }.count == 3)
    }

    @Test("A container is selected by its name, and known by the same key to every daemon")
    func containerIdentity() {
        let container = Workload.container(ContainerCgroup(runtime: "docker", id: hex, cgroup: 7))
        #expect(container.identity.containerName == "0123456789ab")
        #expect(container.containerID == hex)
        #expect(container.key == Workload.key(ofContainer: hex))
        #expect(container.key != Workload.key(ofContainer: other))
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

    @Test(
        "A container's label says which classes are logged of it; the host's says nothing",
        arguments: [
            (nil, nil), ("none", 0), ("process, file", 0b11), ("capabilities", 0b11000), ("dns,ima,file", 0b100010),
            ("", 0),
        ] as [(String?, UInt32?)])
    func visibility(_ label: String?, _ classes: UInt32?) {
        let labels = label.map { [Visibility.label: $0] } ?? [:]
        let identity = WorkloadIdentity(
            isHost: false, name: "pod", namespace: "shop", containerName: "front", labels: labels)
        #expect(Workload(key: 7, identity: identity).visibleClasses == classes)
        #expect(Workload.host(name: "web-1", labels: labels).visibleClasses == nil)
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
