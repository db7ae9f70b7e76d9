// SPDX-License-Identifier: Apache-2.0

/// The version of the program, KubeArmorVersion in alerts.
enum ProgramVersion {
    static let text = "v0.1.0"
}
