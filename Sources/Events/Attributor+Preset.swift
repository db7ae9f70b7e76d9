// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Policy

extension Attributor {
    /// KubeArmor's alerts name the preset in the field Enforcer and have the operation of what was done.
    func namePreset(_ preset: Preset?, in alert: inout kubearmor_record) {
        let (name, operation): (StaticString, StaticString)
        switch preset {
        case .filelessExec: (name, operation) = ("PRESET-FilelessExecutionPreset", "Process")
        case .anonymousMapExec: (name, operation) = ("PRESET-AnonMapExecutionPreset", "Process")
        case .protectEnv: (name, operation) = ("PRESET-ProtectEnvPreset", "File")
        case .protectProc: (name, operation) = ("PRESET-ProtectProcPreset", "File")
        case .exec: (name, operation) = ("PRESET-ExecPreset", "Process")
        case nil: return
        }
        alert.enforcer = kubearmor_string(name)
        alert.operation = kubearmor_string(operation)
    }
}
