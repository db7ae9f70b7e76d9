// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Policy

extension Attributor {
    /// KubeArmor's alerts name the preset in the field Enforcer and have the operation of what was done.
    func namePreset(of event: kubearmor_event, in alert: inout EventRecord) {
        switch preset(of: event) {
        case .filelessExec: (alert.enforcer, alert.operation) = ("PRESET-FilelessExecutionPreset", "Process")
        case .anonymousMapExec: (alert.enforcer, alert.operation) = ("PRESET-AnonMapExecutionPreset", "Process")
        case .protectEnv: (alert.enforcer, alert.operation) = ("PRESET-ProtectEnvPreset", "File")
        case .protectProc: (alert.enforcer, alert.operation) = ("PRESET-ProtectProcPreset", "File")
        case .exec: (alert.enforcer, alert.operation) = ("PRESET-ExecPreset", "Process")
        case nil: break
        }
    }
}
