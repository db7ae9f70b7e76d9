// SPDX-License-Identifier: Apache-2.0
import Daemon
import Glibc
import Testing

@Suite("What an OCI runtime is asked to do, and what a bundle gets before it does")
struct RuntimeBundleTests {
    @Test(
        "The container that is to be made, and its bundle",
        arguments: [
            ("--root /run/r --log /l --log-format json create --bundle /b --pid-file /p box", "box", "/b"),
            ("--systemd-cgroup create --bundle=/b --no-pivot box", "box", "/b"),
            ("run -d -b /b box", "box", "/b"),
            ("--debug create --console-socket /c --bundle /b -- box", "box", "/b"),
            ("--root /run/r start box", "", ""),
            ("--root create delete box", "", ""),
            ("state create", "", ""),
            ("--version", "", ""),
            ("create", "", nil),
        ] as [(String, String, String?)])
    func arguments(_ line: String, _ container: String, _ bundle: String?) {
        let asked = RuntimeArguments(line.split(separator: " ").map(String.init))
        #expect(asked.container == container)
        if let bundle { #expect(asked.bundle == bundle) }
    }

    private func edited(
        _ configuration: String, _ confinement: ContainerConfinement = ContainerConfinement(),
        isValid: (String) -> Bool = { _ in true }
    ) throws -> String {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/config.json"
        try directory.write("config.json", configuration)
        chmod(path, 0o640)
        var bundle = try RuntimeBundle(RuntimeArguments(["create", "--bundle", directory.path, "box"]))
        bundle.add(
            HookInstallation(program: "/k", arguments: [], stage: .createRuntime, milliseconds: 2000))
        try bundle.confine(confinement, isValid: isValid)
        try bundle.write()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        return try directory.read("config.json")
    }

    private static let hook = #"{"path":"/k","args":["kubearmor","hook"],"timeout":7}"#

    @Test("The hook comes behind those that are there; every number stays as it is")
    func hook() throws {
        #expect(
            try edited(#"{"a":18446744073709551615,"b":1.5e3,"hooks":{"poststop":[],"createRuntime":[{"path":"/x"}]}}"#)
                == #"{"a":18446744073709551615,"b":1.5e3,"hooks":{"poststop":[],"createRuntime":[{"path":"/x"},"#
                + Self.hook + "]}}")
        #expect(try edited("{}") == #"{"hooks":{"createRuntime":["# + Self.hook + "]}}")
    }

    @Test("A hook of ours that is there already stays the only one")
    func hookTwice() throws {
        let there = #"{"hooks":{"createContainer":[{"path":"/o","args":["kubearmor","hook","--config","/c"]}]}}"#
        #expect(try edited(there) == there)
    }

    @Test(
        "A runtime's usual profile is replaced, one that somebody chose is not",
        arguments: [
            (#"{"cwd":"/"}"#, #"{"cwd":"/","apparmorProfile":"kubearmor_box"}"#),
            (#"{"apparmorProfile":"docker-default"}"#, #"{"apparmorProfile":"kubearmor_box"}"#),
            (#"{"apparmorProfile":"containers-default-0.50.1"}"#, #"{"apparmorProfile":"kubearmor_box"}"#),
            (#"{"apparmorProfile":"unconfined"}"#, #"{"apparmorProfile":"unconfined"}"#),
            (#"{"apparmorProfile":"mine"}"#, #"{"apparmorProfile":"mine"}"#),
        ])
    func profile(_ process: String, _ expected: String) throws {
        var confinement = ContainerConfinement()
        confinement.profile = "kubearmor_box"
        let text = try edited("{\"process\":\(process)}", confinement)
        #expect(text.hasPrefix("{\"process\":\(expected),"))
    }

    @Test("A label keeps its user, role and level; without one the kernel is asked which is valid")
    func label() throws {
        var confinement = ContainerConfinement()
        confinement.domain = "kubearmor_box_t"
        let labelled = #"{"process":{"selinuxLabel":"system_u:system_r:container_t:s0:c1,c2"}}"#
        #expect(try edited(labelled, confinement).contains(#""system_u:system_r:kubearmor_box_t:s0:c1,c2""#))
        let other = try edited(#"{"process":{}}"#, confinement) { $0.hasPrefix("unconfined_u:") }
        #expect(other.contains(#""selinuxLabel":"unconfined_u:unconfined_r:kubearmor_box_t:s0""#))
        #expect(throws: RuntimeBundle.Failure.self) { try edited(labelled, confinement) { _ in false } }
    }
}
