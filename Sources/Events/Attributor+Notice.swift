// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Workloads

extension Attributor {
    /// That a rule's alerts are suppressed, or how many were: KubeArmor's `AlertThreshold`, with the policy's name.
    func notice(_ event: kubearmor_event, workload: Workload, plugin: String) -> EventRecord {
        var notice = alert(event, workload: workload)
        notice.recordType = "SystemEvent"
        notice.operation = "AlertThreshold"
        notice.enforcer = Self.enforcerName(plugin)
        notice.source = ""
        notice.resource = ""
        nameDecider(of: event, in: &notice)
        var numbers: [String: Int64] = [:]
        for pair in notice.eventData { numbers[pair.key] = Int64(pair.value) }
        notice.maxAlertsPerSec = Int32(clamping: numbers["MaxAlertsPerSec"] ?? 0)
        notice.droppingAlertsInterval = Int32(clamping: numbers["DroppingAlertsInterval"] ?? 0)
        if let suppressed = numbers["Suppressed"] {
            notice.message = "\(suppressed) alerts of this rule were suppressed; its decisions were not affected"
        } else {
            notice.message =
                "more than \(notice.maxAlertsPerSec) alerts in a second: those of this rule are suppressed for "
                + "\(notice.droppingAlertsInterval) s; its decisions are not affected"
        }
        return notice
    }
}
