// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon

/// One flag for every key of the configuration, with one dash or two, as KubeArmor's daemon takes them.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .key("policyDir"), help: .key("policyDir"))
    var policyDir: String?
    @Option(name: .key("runDir"), help: .key("runDir"))
    var runDir: String?
    @Option(name: .key("enforcer"), help: .key("enforcer"))
    var enforcer: String?
    @Option(name: .key("required"), help: .key("required"))
    var required: String?
    @Option(name: .key("lsm"), help: .key("lsm"))
    var lsm: String?
    @Option(name: .key("monitors"), help: .key("monitors"))
    var monitors: String?
    @Option(name: .key("feeders"), help: .key("feeders"))
    var feeders: String?
    @Option(name: .key("replayFile"), help: .key("replayFile"))
    var replayFile: String?
    @Option(name: .key("replaySpeed"), help: .key("replaySpeed"))
    var replaySpeed: String?
    @Option(name: .key("sources"), help: .key("sources"))
    var sources: String?
    @Option(name: .key("containerdSocket"), help: .key("containerdSocket"))
    var containerdSocket: String?
    @Option(name: .key("dockerSocket"), help: .key("dockerSocket"))
    var dockerSocket: String?
    @Option(name: .key("hookFailure"), help: .key("hookFailure"))
    var hookFailure: String?
    @Option(name: .key("hookTimeoutMilliseconds"), help: .key("hookTimeoutMilliseconds"))
    var hookTimeoutMilliseconds: String?
    @Option(name: .key("hookAllowedNamespaces"), help: .key("hookAllowedNamespaces"))
    var hookAllowedNamespaces: String?
    @Option(name: .key("ociRuntime"), help: .key("ociRuntime"))
    var ociRuntime: String?
    @Option(name: .key("watchContainers"), help: .key("watchContainers"))
    var watchContainers: String?
    @Option(name: .key("queueMiB"), help: .key("queueMiB"))
    var queueMiB: String?
    @Option(name: .key("logRotateMegabytes"), help: .key("logRotateMegabytes"))
    var logRotateMegabytes: String?
    @Option(name: .key("logRotateKeep"), help: .key("logRotateKeep"))
    var logRotateKeep: String?
    @Option(name: .key("syslogAddress"), help: .key("syslogAddress"))
    var syslogAddress: String?
    @Option(name: .key("syslogFacility"), help: .key("syslogFacility"))
    var syslogFacility: String?
    @Option(name: .key("httpAddress"), help: .key("httpAddress"))
    var httpAddress: String?
    @Option(name: .key("httpNames"), help: .key("httpNames"))
    var httpNames: String?
    @Option(name: .key("otlpEndpoint"), help: .key("otlpEndpoint"))
    var otlpEndpoint: String?
    @Option(name: .key("otlpMetricsSeconds"), help: .key("otlpMetricsSeconds"))
    var otlpMetricsSeconds: String?
    @Option(name: .key("selfGuard"), help: .key("selfGuard"))
    var selfGuard: String?
    @Option(name: .key("pluginPath"), help: .key("pluginPath"))
    var pluginPath: String?
    @Option(name: .key("hostLabels"), help: .key("hostLabels"))
    var hostLabels: String?
    @Option(name: .key("logLevel"), help: .key("logLevel"))
    var logLevel: String?
    @Option(name: .key("queueLength"), help: .key("queueLength"))
    var queueLength: String?
    @Option(name: .key("cluster"), help: .key("cluster"))
    var cluster: String?
    @Option(name: .key("host"), help: .key("host"))
    var host: String?
    @Option(name: .key("logPath"), help: .key("logPath"))
    var logPath: String?
    @Option(name: .key("hostVisibility"), help: .key("hostVisibility"))
    var hostVisibility: String?
    @Option(name: .key("visibility"), help: .key("visibility"))
    var visibility: String?
    @Option(name: .key("enableKubeArmorHostPolicy"), help: .key("enableKubeArmorHostPolicy"))
    var enableKubeArmorHostPolicy: String?
    @Option(name: .key("enableKubeArmorPolicy"), help: .key("enableKubeArmorPolicy"))
    var enableKubeArmorPolicy: String?
    @Option(name: .key("defaultPostureLogs"), help: .key("defaultPostureLogs"))
    var defaultPostureLogs: String?
    @Option(name: .key("dropResourceFromProcessLogs"), help: .key("dropResourceFromProcessLogs"))
    var dropResourceFromProcessLogs: String?
    @Option(name: .key("procfsMount"), help: .key("procfsMount"))
    var procfsMount: String?
    @Option(name: .key("machineIDPath"), help: .key("machineIDPath"))
    var machineIDPath: String?
    @Option(name: .key("bpfFsPath"), help: .key("bpfFsPath"))
    var bpfFsPath: String?
    @Option(name: .key("appArmorCacheDir"), help: .key("appArmorCacheDir"))
    var appArmorCacheDir: String?
    @Option(name: .key("selinuxStateDir"), help: .key("selinuxStateDir"))
    var selinuxStateDir: String?
    @Option(name: .key("bpflsmTableMiB"), help: .key("bpflsmTableMiB"))
    var bpflsmTableMiB: String?
    @Option(name: .key("debug"), help: .key("debug"))
    var debug: String?
    @Option(name: .key("gRPC"), help: .key("gRPC"))
    var gRPC: String?
    @Option(name: .key("apiPolicyDir"), help: .key("apiPolicyDir"))
    var apiPolicyDir: String?
    @Option(name: .key("gRPCAddress"), help: .key("gRPCAddress"))
    var gRPCAddress: String?
    @Option(name: .key("gRPCSocket"), help: .key("gRPCSocket"))
    var gRPCSocket: String?
    @Option(name: .key("gRPCPolicies"), help: .key("gRPCPolicies"))
    var gRPCPolicies: String?
    @Option(name: .key("gRPCQueueLength"), help: .key("gRPCQueueLength"))
    var gRPCQueueLength: String?
    @Option(name: .key("gRPCHealthPort"), help: .key("gRPCHealthPort"))
    var gRPCHealthPort: String?
    @Option(name: .key("tlsEnabled"), help: .key("tlsEnabled"))
    var tlsEnabled: String?
    @Option(name: .key("tlsCertPath"), help: .key("tlsCertPath"))
    var tlsCertPath: String?
    @Option(name: .key("tlsCertProvider"), help: .key("tlsCertProvider"))
    var tlsCertProvider: String?
    @Option(name: .key("seLinuxProfileDir"), help: .key("seLinuxProfileDir"))
    var seLinuxProfileDir: String?
    @Option(name: .key("criSocket"), help: .key("criSocket"))
    var criSocket: String?
    @Option(name: .key("nriSocket"), help: .key("nriSocket"))
    var nriSocket: String?
    @Option(name: .key("nriIndex"), help: .key("nriIndex"))
    var nriIndex: String?
    @Option(name: .key("enableNRI"), help: .key("enableNRI"))
    var enableNRI: String?
    @Option(name: .key("enableKubeArmorVm"), help: .key("enableKubeArmorVm"))
    var enableKubeArmorVm: String?
    @Option(name: .key("k8s"), help: .key("k8s"))
    var k8s: String?
    @Option(name: .key("hostDefaultDevicePosture"), help: .key("hostDefaultDevicePosture"))
    var hostDefaultDevicePosture: String?
    @Option(name: .key("coverageTest"), help: .key("coverageTest"))
    var coverageTest: String?
    @Option(name: .key("untrackedNs"), help: .key("untrackedNs"))
    var untrackedNs: String?
    @Option(name: .key("enforcerAlerts"), help: .key("enforcerAlerts"))
    var enforcerAlerts: String?
    @Option(name: .key("initTimeout"), help: .key("initTimeout"))
    var initTimeout: String?
    @Option(name: .key("enableKubeArmorStateAgent"), help: .key("enableKubeArmorStateAgent"))
    var enableKubeArmorStateAgent: String?
    @Option(name: .key("alertThrottling"), help: .key("alertThrottling"))
    var alertThrottling: String?
    @Option(name: .key("maxAlertPerSec"), help: .key("maxAlertPerSec"))
    var maxAlertPerSec: String?
    @Option(name: .key("throttleSec"), help: .key("throttleSec"))
    var throttleSec: String?
    @Option(name: .key("annotateResources"), help: .key("annotateResources"))
    var annotateResources: String?
    @Option(name: .key("useOCIHooks"), help: .key("useOCIHooks"))
    var useOCIHooks: String?
    @Option(name: .key("enableIMA"), help: .key("enableIMA"))
    var enableIMA: String?
    @Option(name: .key("enableUSBDeviceHandler"), help: .key("enableUSBDeviceHandler"))
    var enableUSBDeviceHandler: String?
    @Option(name: .key("matchArgs"), help: .key("matchArgs"))
    var matchArgs: String?
    @Option(name: .key("enableNetworkPolicyEnforcer"), help: .key("enableNetworkPolicyEnforcer"))
    var enableNetworkPolicyEnforcer: String?
    @Option(name: .key("hostDefaultFilePosture"), help: .key("hostDefaultFilePosture"))
    var hostDefaultFilePosture: String?
    @Option(name: .key("hostDefaultNetworkPosture"), help: .key("hostDefaultNetworkPosture"))
    var hostDefaultNetworkPosture: String?
    @Option(name: .key("hostDefaultCapabilitiesPosture"), help: .key("hostDefaultCapabilitiesPosture"))
    var hostDefaultCapabilitiesPosture: String?
    @Option(name: .key("defaultFilePosture"), help: .key("defaultFilePosture"))
    var defaultFilePosture: String?
    @Option(name: .key("defaultNetworkPosture"), help: .key("defaultNetworkPosture"))
    var defaultNetworkPosture: String?
    @Option(name: .key("defaultCapabilitiesPosture"), help: .key("defaultCapabilitiesPosture"))
    var defaultCapabilitiesPosture: String?

    /// The values given, by key.
    var values: [String: String] {
        let given: [(String, String?)] = [
            ("policyDir", policyDir), ("runDir", runDir), ("enforcer", enforcer), ("required", required),
            ("lsm", lsm), ("monitors", monitors), ("feeders", feeders), ("pluginPath", pluginPath),
            ("replayFile", replayFile), ("replaySpeed", replaySpeed),
            ("sources", sources), ("containerdSocket", containerdSocket), ("dockerSocket", dockerSocket),
            ("hookFailure", hookFailure), ("hookTimeoutMilliseconds", hookTimeoutMilliseconds),
            ("hookAllowedNamespaces", hookAllowedNamespaces), ("ociRuntime", ociRuntime),
            ("watchContainers", watchContainers), ("queueMiB", queueMiB), ("logRotateMegabytes", logRotateMegabytes),
            ("logRotateKeep", logRotateKeep), ("syslogAddress", syslogAddress), ("syslogFacility", syslogFacility),
            ("httpAddress", httpAddress), ("httpNames", httpNames), ("otlpEndpoint", otlpEndpoint),
            ("otlpMetricsSeconds", otlpMetricsSeconds), ("selfGuard", selfGuard),
            ("hostLabels", hostLabels), ("logLevel", logLevel), ("queueLength", queueLength), ("cluster", cluster),
            ("host", host), ("logPath", logPath), ("hostVisibility", hostVisibility), ("visibility", visibility),
            ("enableKubeArmorHostPolicy", enableKubeArmorHostPolicy),
            ("enableKubeArmorPolicy", enableKubeArmorPolicy), ("defaultPostureLogs", defaultPostureLogs),
            ("dropResourceFromProcessLogs", dropResourceFromProcessLogs), ("procfsMount", procfsMount),
            ("machineIDPath", machineIDPath), ("bpfFsPath", bpfFsPath), ("appArmorCacheDir", appArmorCacheDir),
            ("selinuxStateDir", selinuxStateDir),
            ("bpflsmTableMiB", bpflsmTableMiB), ("debug", debug), ("gRPC", gRPC), ("gRPCHealthPort", gRPCHealthPort),
            ("apiPolicyDir", apiPolicyDir), ("gRPCAddress", gRPCAddress), ("gRPCSocket", gRPCSocket),
            ("gRPCPolicies", gRPCPolicies), ("gRPCQueueLength", gRPCQueueLength), ("tlsEnabled", tlsEnabled),
            ("tlsCertPath", tlsCertPath),
            ("tlsCertProvider", tlsCertProvider), ("seLinuxProfileDir", seLinuxProfileDir), ("criSocket", criSocket),
            ("nriSocket", nriSocket), ("nriIndex", nriIndex), ("enableNRI", enableNRI),
            ("enableKubeArmorVm", enableKubeArmorVm), ("k8s", k8s),
            ("hostDefaultDevicePosture", hostDefaultDevicePosture), ("coverageTest", coverageTest),
            ("untrackedNs", untrackedNs), ("enforcerAlerts", enforcerAlerts), ("initTimeout", initTimeout),
            ("enableKubeArmorStateAgent", enableKubeArmorStateAgent), ("alertThrottling", alertThrottling),
            ("maxAlertPerSec", maxAlertPerSec), ("throttleSec", throttleSec),
            ("annotateResources", annotateResources), ("useOCIHooks", useOCIHooks), ("enableIMA", enableIMA),
            ("enableUSBDeviceHandler", enableUSBDeviceHandler), ("matchArgs", matchArgs),
            ("enableNetworkPolicyEnforcer", enableNetworkPolicyEnforcer),
            ("hostDefaultFilePosture", hostDefaultFilePosture),
            ("hostDefaultNetworkPosture", hostDefaultNetworkPosture),
            ("hostDefaultCapabilitiesPosture", hostDefaultCapabilitiesPosture),
            ("defaultFilePosture", defaultFilePosture), ("defaultNetworkPosture", defaultNetworkPosture),
            ("defaultCapabilitiesPosture", defaultCapabilitiesPosture),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { name, value in value.map { (name, $0) } })
    }
}

extension NameSpecification {
    static func key(_ name: String) -> NameSpecification {
        [.customLong(name), .customLong(name, withSingleDash: true)]
    }
}

extension ArgumentHelp {
    static func key(_ name: String) -> ArgumentHelp {
        guard let setting = Settings.named(name) else { return "" }
        let fallback = setting.fallback.isEmpty ? "" : " (default: \(setting.fallback))"
        return ArgumentHelp(
            "\(setting.help)\(fallback)\(setting.isEffective ? "" : "; no effect yet")", valueName: "value")
    }
}
