// SPDX-License-Identifier: Apache-2.0
import EventViews
import Policy
import Testing

@Suite("Profiles, and what is recommended from them")
struct RecommendationTests {
    private func profile(_ lines: [EventLine]) -> Profile {
        var profile = Profile()
        for line in lines { if let observation = Observation(line) { profile.add(observation) } }
        return profile
    }

    /// Checks what every recommendation is: free of findings, and without a denial of what passed.
    private func recommended(_ profile: Profile) -> String {
        let recommendation = Recommendation(profile)
        let file = PolicyParser.parse(recommendation.text, file: "recommended")
        #expect(file.diagnostics.isEmpty, "\(file.diagnostics) in \(recommendation.text)")
        let replay = Replay(profile, [file.policies], posture: .block)
        #expect(replay.denied.isEmpty, "\(replay.testText) by \(recommendation.text)")
        #expect(recommendation.remarks.isEmpty, "\(recommendation.remarks)")
        return recommendation.text
    }

    private static let open = "syscall=SYS_OPENAT fd=-100 flags=O_RDONLY|O_CLOEXEC"
    private static let write = "syscall=SYS_OPENAT fd=-100 flags=O_WRONLY|O_CREAT"

    @Test("Equal observations are counted, and shown by operation and process")
    func groups() {
        let read = Lines.log("File", "/etc/app.conf", data: Self.open)
        let profile = profile([read, read, Lines.log("File", "/etc/no", data: Self.open, result: "No such file")])
        #expect(profile.counts.count == 2)
        #expect(profile.text.contains("host node-1:\n  File by /usr/bin/app\n        2  /etc/app.conf\n"))
        #expect(profile.text.contains("1  /etc/no  (No such file)"))
        #expect(profile.json.contains(#""count": 2"#))
        #expect(profile.table.split(separator: "\n").count == 3)
    }

    @Test("Programs are permitted by who starts them, files by who reads or writes them")
    func sources() {
        let text = recommended(
            profile([
                Lines.log("Process", "/usr/bin/app", parent: "/usr/bin/bash", data: "syscall=SYS_EXECVE"),
                Lines.log("File", "/etc/app.conf", data: Self.open),
                Lines.log("File", "/var/log/app.log", data: Self.write),
                Lines.log("File", "/etc/missing", data: Self.open, result: "No such file or directory"),
                Lines.log(
                    "Network", "domain=AF_INET type=SOCK_STREAM protocol=TCP", data: "syscall=SYS_SOCKET"),
                Lines.log("Capabilities", "net_bind_service", data: "lsm=CAPABLE"),
            ]))
        for part in [
            "kind: KubeArmorHostPolicy", #""kubernetes.io/hostname": "node-1""#,
            "{path: /usr/bin/app, fromSource: [{path: /usr/bin/bash}]}",
            "{path: /etc/app.conf, readOnly: true, fromSource: [{path: /usr/bin/app}]}",
            "{path: /var/log/app.log, fromSource: [{path: /usr/bin/app}]}",
            "{protocol: tcp, fromSource: [{path: /usr/bin/app}]}",
            "{capability: net_bind_service, fromSource: [{path: /usr/bin/app}]}",
        ] {
            #expect(text.contains(part), "\(part) is missing in \(text)")
        }
        #expect(!text.contains("/etc/missing"))
    }

    @Test("DNS names are permitted to who asks for them, many below one by that one")
    func domains() {
        func query(_ name: String) -> EventLine {
            Lines.log("Network", name, data: "kfunc=UDP_SENDSKB domain=\(name) daddr=10.0.0.1 qtype=A")
        }
        let shards = (0..<9).map { query("s\($0).shards.example.com") }
        let text = recommended(
            profile([query("API.example.org."), query("no"), query("a.com"), query("b.com")] + shards))
        for part in [
            #"{domain: "api.example.org", fromSource: [{path: /usr/bin/app}]}"#, #"{domain: "no", "#,
            #"{domain: "*.shards.example.com", "#, #"{domain: "a.com", "#,
        ] {
            #expect(text.contains(part), "\(part) is missing in \(text)")
        }
        #expect(!text.contains("s1.shards"))
        let strange = Recommendation(profile([query("*.example.com"), query("a.example.com")]))
        #expect(strange.remarks.contains { $0.contains("no rule can name *.example.com") })
        #expect(!strange.text.contains("*"))
    }

    @Test("Containers are selected by their labels, each kind of them by a policy of its own")
    func containers() {
        let text = recommended(
            profile([
                Lines.log("File", "/data/a", data: Self.open, pod: "web"),
                Lines.log("File", "/data/b", data: Self.write, pod: "db"), Lines.log("File", "/x/y", data: Self.open),
            ]))
        #expect(text.split(separator: "---\n").count == 3)
        #expect(
            text.contains("kind: KubeArmorPolicy\nmetadata:\n  name: least-privilege-of-web\n  namespace: \"shop\""))
        #expect(text.contains(#""app": "db""#))
    }

    @Test("Many files of a directory become the directory, other places stay as they are")
    func directories() {
        var lines: [EventLine] = []
        for index in 0..<12 {
            lines.append(Lines.log("File", "/usr/lib/app/\(index).so", data: Self.open))
            lines.append(Lines.log("File", "/etc/\(index).conf", data: Self.open))
            lines.append(Lines.log("File", "/proc/\(index + 100)/stat", data: Self.open))
            for directory in ["a", "b", "c"] {
                lines.append(Lines.log("File", "/opt/app/py/\(directory)/\(index).py", data: Self.open))
            }
        }
        lines.append(Lines.log("File", "/usr/lib/app/state", data: Self.write))
        lines += ["x1", "x2", "x3"].map { Lines.log("File", "/tmp/\($0)", data: Self.write) }
        let text = recommended(profile(lines))
        let source = "fromSource: [{path: /usr/bin/app}]"
        for part in [
            "{dir: /usr/lib/app/, readOnly: true, \(source)}", "{path: /usr/lib/app/state, \(source)}",
            "{path: /etc/7.conf, readOnly: true, \(source)}", "{dir: /tmp/, \(source)}",
            #"{pattern: "/proc/*/stat", readOnly: true, \#(source)}"#,
            "{dir: /opt/app/py/, recursive: true, readOnly: true, \(source)}",
        ] {
            #expect(text.contains(part), "\(part) is missing in \(text)")
        }
        #expect(!text.contains("/usr/lib/app/3.so") && !text.contains("dir: /etc/") && !text.contains("/tmp/x1"))
    }

    @Test("A file that many use is anybody's; where rules of a program stand in the way it gets one more")
    func tiers() {
        var lines: [EventLine] = []
        for index in 0..<9 {
            lines.append(Lines.log("File", "/srv/app/\(index)", process: "/bin/one", data: Self.open))
        }
        for program in ["/bin/one", "/bin/two", "/bin/three", "/bin/four"] {
            lines.append(Lines.log("File", "/srv/app/lock", process: program, data: Self.write))
            lines.append(Lines.log("File", "/etc/ld.so.cache", process: program, data: Self.open))
        }
        let text = recommended(profile(lines))
        #expect(text.contains("{path: /etc/ld.so.cache, readOnly: true}"))
        #expect(text.contains("{path: /srv/app/lock}"))
        #expect(text.contains("{path: /srv/app/lock, fromSource: [{path: /bin/one}]}"))
    }

    @Test(
        "Names that mean something to patterns and YAML are permitted as they are",
        arguments: [
            "/tmp/a*b", "/tmp/[x]", "/tmp/{a", "/tmp/a?(b)|c*", "/srv/#x: y", "/srv/é", "/srv/a'b", "/proc/self/maps",
            "/proc/mounts", "/proc/net/tcp", "/proc/12/task/13/comm", "/etc/", "/", "/srv/yes", "/srv/a b",
            "/srv/a{2}$",
        ])
    func names(path: String) {
        let text = recommended(profile([Lines.log("File", path, data: Self.open)]))
        #expect(text.contains("readOnly: true"))
    }

    @Test("What no rule can name is said, and what is no file of a name is no need")
    func unnamed() {
        let odd = Lines.log("File", #"/srv/a\nb"#, data: Self.open)
        let named = Lines.log("File", "/srv/a", data: Self.open)
        #expect(Recommendation(profile([odd, named])).remarks.count == 1)
        #expect(Recommendation(profile([Lines.log("File", "pipe:[12]", data: Self.open), named])).remarks.isEmpty)
    }

    @Test("What was refused is not recommended")
    func refused() {
        let profile = profile([Lines.line(Lines.alert), Lines.log("File", "/srv/a", data: Self.open)])
        let text = Recommendation(profile).text
        #expect(!text.contains("/usr/bin/apt"))
        #expect(text.contains("/srv/a"))
    }

    @Test("A replay says what other policies decide otherwise")
    func replay() {
        let profile = profile([
            Lines.log("File", "/etc/shadow", data: Self.open), Lines.log("File", "/etc/hosts", data: Self.open),
        ])
        let before = Recommendation(profile).text
        let after = before.replacing("/etc/shadow", with: "/etc/other")
        let sets = [before, after].map { PolicyParser.parse($0, file: "p").policies }
        let replay = Replay(profile, sets, posture: .block)
        #expect(replay.changed.map(\.access) == ["read /etc/shadow by /usr/bin/app"])
        #expect(replay.differenceText.contains("denied by the posture"))
        #expect(replay.differenceText.hasSuffix("1 of 2 recorded accesses are decided otherwise"))
        #expect(Replay(profile, [sets[0], sets[0]], posture: .block).changed.isEmpty)
    }
}
