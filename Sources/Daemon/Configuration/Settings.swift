// SPDX-License-Identifier: Apache-2.0

/// All keys of the configuration. The names and defaults are KubeArmor's where it has the key.
public enum Settings {
    static let visibleClasses = ["process", "file", "network", "capabilities", "dns", "ima", "none"]
    static let syslogFacilities =
        ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"]
        + (0...7).map { "local\($0)" }
    static let logLevels = ["debug", "info", "warning", "error"]

    /// In the order in which help shows them.
    public static let all: [Setting] = own + events + gRPC + postures + later

    public static func named(_ name: String) -> Setting? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private static let own: [Setting] = [
        Setting("policyDir", .path, "/etc/kubearmor/policies", "directory with policies, watched for changes"),
        Setting("apiPolicyDir", .path, "/var/lib/kubearmor/policies", "directory of policies that come by API"),
        Setting("runDir", .path, "/run/kubearmor", "directory of the lock file and of the status file"),
        Setting(
            "enforcer", .text, "auto",
            "enforcer plugin; auto tries those of lsm and falls to noop, a name is required to work"),
        Setting("required", .flag, "false", "refuse to start when no enforcer that blocks works on this node"),
        Setting("lsm", .words(["bpf", "apparmor", "selinux"]), "bpf,apparmor,selinux", "enforcers that auto tries"),
        Setting("monitors", .text, "all", "monitor plugins, comma separated, or all or none"),
        Setting("feeders", .text, "file,local", "feeder plugins, comma separated, or all or none"),
        Setting("replayFile", .path, "", "recording that the monitor replay plays back"),
        Setting("replaySpeed", .number(0...1000), "1", "how many times as fast as recorded; 0 as fast as it goes"),
        Setting("sources", .text, "all", "source plugins, comma separated, or none, or all whose socket is there"),
        Setting("containerdSocket", .text, "", "socket of containerd; empty for the usual places"),
        Setting("dockerSocket", .text, "", "socket of the Docker Engine; empty for the usual places"),
        Setting("criSocket", .text, "", "socket of a runtime with CRI; empty for CRI-O's usual places"),
        Setting("enableNRI", .flag, "false", "hold containers before their first instruction where a runtime has NRI"),
        Setting("nriSocket", .text, "", "socket of a runtime's NRI; empty for the usual place"),
        Setting("nriIndex", .text, "99", "two digits: where in the order of NRI's plugins nri is asked"),
        Setting("pluginPath", .text, "", "directories with plugins, colon separated; empty for the installed ones"),
        Setting(
            "hookFailure", .word(["closed", "open"]), "closed",
            "what `kubearmor hook` and nri do when they cannot be sure"),
        Setting("hookTimeoutMilliseconds", .number(10...60_000), "2000", "how long `kubearmor hook` and nri wait"),
        Setting(
            "hookAllowedNamespaces", .text, "kube-system,kubearmor",
            "namespaces of pods that `kubearmor hook` and nri let start always, comma separated"),
        Setting("ociRuntime", .text, "runc", "what `kubearmor-runtime` runs: a name in PATH, or a path"),
        Setting("watchContainers", .flag, "true", "find containers by their cgroups and put policies on them"),
        Setting("hostLabels", .labels, "", "labels of this host for nodeSelector, k=v comma separated"),
        Setting("logLevel", .word(logLevels), "info", "least level of the daemon's own log"),
        Setting("queueLength", .number(1...10_000_000), "65536", "records that may wait for one feeder"),
        Setting("queueMiB", .number(1...65_536), "8", "memory of the records that may wait for one feeder, MiB"),
    ]

    private static let events: [Setting] = [
        Setting("cluster", .text, "default", "ClusterName in events"),
        Setting("host", .text, "", "HostName in events; empty for the machine's name"),
        Setting("logPath", .text, "none", "where the file feeder writes: none, stdout or a file"),
        Setting(
            "logRotateMegabytes", .number(0...1_000_000), "0",
            "size at which the file feeder begins a new file; 0 for never"),
        Setting("logRotateKeep", .number(1...1000), "5", "how many older files it keeps"),
        Setting(
            "syslogAddress", .text, "unix:///dev/log", "where the syslog feeder sends: unix://, udp:// or tcp://"),
        Setting("syslogFacility", .word(syslogFacilities), "daemon", "facility of the syslog feeder's messages"),
        Setting("httpAddress", .text, "127.0.0.1:32765", "address and port where the http feeder listens"),
        Setting("httpNames", .text, "", "host names by which browsers may ask the http feeder, comma separated"),
        Setting("otlpEndpoint", .text, "http://127.0.0.1:4318", "OpenTelemetry collector with OTLP over HTTP"),
        Setting("otlpMetricsSeconds", .number(0...86_400), "60", "how often it gets metrics; 0 for never"),
        Setting("hostVisibility", .words(visibleClasses + ["default"]), "default", "classes logged of the host"),
        Setting(
            "visibility", .words(visibleClasses), "process,file,network,capabilities", "classes logged of containers"),
        // KubeArmor's default is false. A directory of policies that is ignored would help nobody.
        Setting("enableKubeArmorHostPolicy", .flag, "true", "put KubeArmorHostPolicy into force"),
        Setting("enableKubeArmorPolicy", .flag, "true", "put KubeArmorPolicy into force"),
        Setting("defaultPostureLogs", .flag, "true", "alerts of the posture, where user space judges it"),
        Setting("dropResourceFromProcessLogs", .flag, "false", "leave arguments out of process logs"),
        Setting("alertThrottling", .flag, "true", "suppress alerts of a rule that causes too many"),
        Setting("maxAlertPerSec", .number(0...1_000_000), "10", "alerts of one rule in a second; 0 for any number"),
        Setting("throttleSec", .number(0...86_400), "30", "how long a rule with more is silent"),
        Setting("procfsMount", .path, "/proc", "where procfs is mounted"),
        Setting("machineIDPath", .path, "/etc/machine-id", "file with the machine id, NodeID in events"),
        Setting("bpfFsPath", .path, "/sys/fs/bpf", "where the BPF file system is mounted"),
        Setting("appArmorCacheDir", .path, "/var/lib/kubearmor/apparmor", "where apparmor keeps compiled profiles"),
        Setting("selinuxStateDir", .path, "/var/lib/kubearmor/selinux", "where selinux keeps labels to put back"),
        Setting("selfGuard", .flag, "true", "keep the enforcer's pins, maps and process from other programs"),
        Setting("bpflsmTableMiB", .number(1...1024), "16", "kernel memory of bpflsm for compiled rules, MiB"),
        Setting("debug", .flag, "false", "the same as logLevel: debug"),
    ]

    /// Of the feeder grpc.
    private static let gRPC: [Setting] = [
        Setting("gRPC", .number(0...65535), "32767", "port of the grpc feeder; 0 for one that is free"),
        Setting("gRPCAddress", .text, "", "address of it; empty for all of this machine"),
        Setting("gRPCHealthPort", .number(0...65535), "32766", "port of the health service alone; 0 for none"),
        Setting("gRPCSocket", .text, "", "Unix socket of it; empty for grpc.sock in runDir, none for none"),
        Setting(
            "gRPCPolicies", .word(["authenticated", "anybody"]), "authenticated",
            "who may change policies: root on the Unix socket and clients with a certificate, or anybody"),
        Setting("gRPCQueueLength", .number(1...1_000_000), "8192", "records that may wait for one subscriber"),
        Setting("tlsEnabled", .flag, "false", "mutual TLS on the port of gRPC"),
        Setting("tlsCertPath", .path, "/var/lib/kubearmor/tls", "directory of ca.crt, server.crt, server.key"),
        Setting(
            "tlsCertProvider", .word(["self", "external"]), "self",
            "self makes the server's certificate with ca.key, external reads it"),
        Setting("enableKubeArmorStateAgent", .flag, "false", "serve StateAgent"),
    ]

    private static let postures: [Setting] = ["hostDefault", "default"].flatMap { prefix in
        ["File", "Network", "Capabilities"].map { name in
            Setting(
                "\(prefix)\(name)Posture", .posture, "audit",
                "what an allow list of a \(prefix == "default" ? "container" : "host") does with the rest")
        }
    }

    /// Keys whose features come later; a file that has them is accepted and a warning names those that differ.
    private static let later: [Setting] = [
        Setting("seLinuxProfileDir", .text, "/tmp/kubearmor.selinux", isEffective: false, "SELinux profiles"),
        Setting("enableKubeArmorVm", .flag, "false", isEffective: false, "agent of kvm-service"),
        // KubeArmor's default is true and falls back when there is no cluster.
        Setting("k8s", .flag, "false", isEffective: false, "take policies and pods from Kubernetes"),
        Setting("hostDefaultDevicePosture", .posture, "audit", isEffective: false, "posture of devices"),
        Setting("coverageTest", .flag, "false", isEffective: false, "KubeArmor's coverage mode"),
        Setting("untrackedNs", .text, "kube-system,kubearmor", isEffective: false, "namespaces left alone"),
        Setting("enforcerAlerts", .flag, "true", isEffective: false, "alerts of the enforcer"),
        Setting("initTimeout", .text, "60s", isEffective: false, "wait for the cluster's state"),
        Setting("annotateResources", .flag, "false", isEffective: false, "annotate workloads"),
        Setting("useOCIHooks", .flag, "false", isEffective: false, "take containers from OCI hooks"),
        Setting("enableIMA", .flag, "false", isEffective: false, "hashes from IMA"),
        Setting("enableUSBDeviceHandler", .flag, "false", isEffective: false, "USB device policies"),
        Setting("matchArgs", .flag, "true", isEffective: false, "match allowedArgs"),
        Setting("enableNetworkPolicyEnforcer", .flag, "true", isEffective: false, "network policies"),
    ]
}
