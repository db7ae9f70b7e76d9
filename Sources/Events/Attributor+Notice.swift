// SPDX-License-Identifier: Apache-2.0
import PluginABI

extension Attributor {
    /// That a rule's alerts are suppressed, or how many were: KubeArmor's `AlertThreshold`, with the policy's name.
    func notice(_ event: kubearmor_event, workload: WorkloadFacts, plugin: String) {
        let notice = alert(event, workload: workload)
        notice.pointee.record_type = kubearmor_string("SystemEvent")
        notice.pointee.operation = kubearmor_string("AlertThreshold")
        notice.pointee.enforcer = Self.enforcerName(plugin)
        notice.pointee.source = kubearmor_string()
        notice.pointee.resource = kubearmor_string()
        nameDecider(of: event, workload, in: &notice.pointee)
        var numbers: [String: Int64] = [:]
        for pair in EventRecord(notice.pointee).eventData { numbers[pair.key] = Int64(pair.value) }
        let most = Int32(clamping: numbers["MaxAlertsPerSec"] ?? 0)
        let silence = Int32(clamping: numbers["DroppingAlertsInterval"] ?? 0)
        notice.pointee.max_alerts_per_sec = most
        notice.pointee.dropping_alerts_interval = silence
        if let suppressed = numbers["Suppressed"] {
            notice.pointee.message = arena.copy(
                "\(suppressed) alerts of this rule were suppressed; its decisions were not affected")
        } else {
            notice.pointee.message = arena.copy(
                "more than \(most) alerts in a second: those of this rule are suppressed for \(silence) s; "
                    + "its decisions are not affected")
        }
    }
}
