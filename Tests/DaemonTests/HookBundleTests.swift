// SPDX-License-Identifier: Apache-2.0
import Daemon
import Glibc
import Testing
import Workloads

@Suite("What a hook knows of a container")
struct HookBundleTests {
    private static let id = String(repeating: "ab", count: 32)

    private func request(
        id: String = id, _ configuration: String, folder: String = "", state annotations: String = "{}"
    ) throws -> HookRequest {
        try bundle(id: id, configuration, folder: folder, state: annotations).0.request
    }

    /// The folder is there as long as it is held.
    private func bundle(
        id: String = id, _ configuration: String, folder: String = "", state annotations: String = "{}"
    ) throws -> (ContainerBundle, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        var path = directory.path
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            try #require(mkdir(path, 0o755) == 0)
        }
        let file = try #require(fopen("\(path)/config.json", "w"))
        fputs(configuration, file)
        fclose(file)
        let text =
            #"{"ociVersion":"1.0.2","id":"\#(id)","status":"creating","pid":42,"bundle":"\#(path)","#
            + #""annotations":\#(annotations)}"#
        return (try ContainerBundle(try ContainerState(text: text)), directory)
    }

    @Test("containerd's CRI: container, pod, namespace, image, sandbox; its annotations are no labels")
    func containerdCRI() throws {
        let request = try self.request(
            """
            {"root":{"path":"rootfs"},"annotations":{"io.kubernetes.cri.container-name":"db",
             "io.kubernetes.cri.sandbox-name":"db-0","io.kubernetes.cri.sandbox-namespace":"stage",
             "io.kubernetes.cri.sandbox-id":"s1","io.kubernetes.cri.image-name":"docker.io/library/db:1"}}
            """, folder: "io.containerd.runtime.v2.task/k8s.io/\(Self.id)")
        let report = request.report
        #expect(report.id == Self.id && report.name == "db" && report.pod == "db-0" && report.namespace == "stage")
        #expect(report.image == "docker.io/library/db:1" && report.runtime == "containerd" && report.initPID == 42)
        #expect(report.root.hasSuffix("/\(Self.id)/rootfs"))
        #expect(request.sandbox == "s1" && report.labels.isEmpty)
    }

    @Test("CRI-O: labels are an annotation")
    func crio() throws {
        let request = try self.request(
            #"{"annotations":{"io.kubernetes.container.name":"c","io.kubernetes.pod.name":"p","#
                + #""io.kubernetes.pod.namespace":"n","io.kubernetes.cri-o.Labels":"{\"app\":\"shop\"}"}}"#)
        #expect(request.report.labels == ["app": "shop"] && request.report.runtime == "cri-o")
        #expect(request.report.pod == "p" && request.report.namespace == "n" && request.report.name == "c")
    }

    @Test("A plain runtime: the id is the name, annotations are labels; numbers of any size are read over")
    func plain() throws {
        let request = try self.request(
            id: "box",
            #"{"process":{"rlimits":[{"hard":18446744073709551615,"x":1.5e3}]},"annotations":{"app":"shop"}}"#,
            state: #"{"tier":"back"}"#)
        #expect(request.report.id == "box" && request.report.name == "box" && request.report.runtime == "oci")
        #expect(request.report.labels == ["app": "shop", "tier": "back"])
    }

    @Test("containerd's namespaces make ids unique, as its source has them")
    func namespaces() throws {
        let folder = "io.containerd.runtime.v2.task/other/box"
        #expect(try request(id: "box", "{}", folder: folder).report.id == "other/box")
        let usual = "io.containerd.runtime.v2.task/default/box"
        #expect(try request(id: "box", "{}", folder: usual).report.id == "box")
    }

    @Test("Docker: name, labels and image are in the file beside what it mounts")
    func docker() throws {
        let data = try TemporaryDirectory()
        try #require(mkdir("\(data.path)/containers", 0o755) == 0)
        let folder = "\(data.path)/containers/\(Self.id)"
        try #require(mkdir(folder, 0o755) == 0)
        try data.write(
            "containers/\(Self.id)/config.v2.json",
            #"{"Name":"/web","Config":{"Image":"shop:1","Labels":{"app":"shop"}},"x":1.5}"#)
        let request = try self.request(#"{"mounts":[{"destination":"/etc/hosts","source":"\#(folder)/hosts"}]}"#)
        #expect(request.report.name == "web" && request.report.labels == ["app": "shop"])
        #expect(request.report.image == "shop:1" && request.report.runtime == "docker")
    }

    @Test("The namespace that lets a container start always is the pod's; no label and no other annotation is")
    func podNamespace() throws {
        let own = try bundle(#"{"annotations":{"kubearmor.io/namespace":"kube-system"}}"#)
        #expect(own.0.podNamespace == nil)
        let pod = try bundle(#"{"annotations":{"io.kubernetes.cri.sandbox-namespace":"kube-system"}}"#)
        #expect(pod.0.podNamespace == "kube-system")
    }

    @Test(
        "What is no state of a container is refused with the reason",
        arguments: [
            ("", "no JSON object"), ("{}", "no id"), (#"{"id":"a"}"#, "no pid"), (#"{"id":"a","pid":0}"#, "no pid"),
            (#"{"id":"a/b","pid":1,"bundle":"/x"}"#, "no id"), (#"{"id":"a","pid":1}"#, "no bundle"),
            (#"{"id":"a","pid":1,"bundle":"x"}"#, "no bundle"),
        ])
    func malformed(text: String, reason: String) {
        let error = #expect(throws: ContainerState.Malformed.self) { try ContainerState(text: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("A bundle that is not there is said")
    func noBundle() throws {
        let state = try ContainerState(text: #"{"id":"a","pid":1,"bundle":"/nowhere"}"#)
        #expect(throws: ContainerBundle.Unreadable.self) { try ContainerBundle(state) }
    }
}

@Suite("What a hook does when it cannot be sure")
struct HookDecisionTests {
    private func configuration(_ flags: [String: String] = [:]) throws -> Configuration {
        try ConfigurationSource(flags: flags, environment: [:], path: nil).resolve(file: "kubearmor.yaml", text: "")
    }

    private func decision(_ flags: [String: String], _ namespace: String?) throws -> HookDecision {
        HookDecision(failure: "no daemon", container: "box", namespace: namespace, try configuration(flags))
    }

    @Test("Closed, open, and namespaces that start always")
    func decisions() throws {
        #expect(try !decision([:], nil).mayStart)
        #expect(try !decision([:], "prod").mayStart)
        #expect(try decision([:], "kube-system").mayStart)
        #expect(try decision(["hookFailure": "open"], "prod").mayStart)
        #expect(try decision(["hookAllowedNamespaces": "a, prod"], "prod").mayStart)
        #expect(try !decision(["hookAllowedNamespaces": ""], "kube-system").mayStart)
    }

    @Test("A container that is not started is told why, and what to do")
    func remedies() throws {
        let text = try decision([:], "prod").text
        #expect(text.contains("box is not started: no daemon") && text.contains("hookFailure: open"))
        #expect(text.contains("prod to hookAllowedNamespaces"))
    }

    @Test("Settings of the hook: defaults, and values that are none")
    func settings() throws {
        let usual = try configuration()
        #expect(usual.hookFailure == .closed && usual.hookTimeoutMilliseconds == 2000)
        #expect(usual.hookAllowedNamespaces == ["kube-system", "kubearmor"])
        #expect(throws: ConfigurationError.self) { try configuration(["hookFailure": "maybe"]) }
        #expect(throws: ConfigurationError.self) { try configuration(["hookTimeoutMilliseconds": "0"]) }
    }

    @Test("The file for hooks.d")
    func hooksFile() {
        let installation = HookInstallation(
            program: "/usr/bin/kubearmor", arguments: ["--hookFailure", "open"], stage: .createRuntime,
            milliseconds: 2000)
        let text = installation.hooksFile
        for part in [
            #""version": "1.0.0""#, #""path": "/usr/bin/kubearmor""#, #""always": true"#, #""createRuntime""#,
            #""timeout": 7"#, #""--hookFailure""#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(installation.specification.contains(#""hooks""#))
    }
}

@Suite("What was told of containers is kept for the next daemon")
struct KeptContainersTests {
    @Test("Kept, found again, forgotten")
    func keeps() throws {
        let directory = try TemporaryDirectory()
        let kept = KeptContainers(runDirectory: directory.path)
        #expect(kept.all().isEmpty)
        var report = HookProtocolTests.request.report
        report.cgroup = 77
        report.state = .created
        var container = KeptContainers.Container(cgroup: 77, reports: ["hook": report])
        #expect(kept.keep(report.id, container))
        #expect(kept.all().map(\.id) == [report.id])
        #expect(kept.all().map(\.container) == [container])
        report.state = .running
        container.reports = ["hook": report, "docker": report]
        #expect(kept.keep(report.id, container) && kept.all().map(\.container) == [container])
        kept.forget(report.id)
        #expect(kept.all().isEmpty)
    }

    @Test("A label that is too long, and a report without a process, are left out")
    func leavesOut() throws {
        let directory = try TemporaryDirectory()
        let kept = KeptContainers(runDirectory: directory.path)
        var report = HookProtocolTests.request.report
        (report.cgroup, report.state) = (77, .running)
        var long = report
        long.labels["long"] = String(repeating: "x", count: 5000)
        var dead = report
        dead.initPID = 0
        #expect(kept.keep(report.id, KeptContainers.Container(cgroup: 77, reports: ["cri": long, "docker": dead])))
        #expect(kept.all().map(\.container.reports) == [["cri": report]])
    }
}
