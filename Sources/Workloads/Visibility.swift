// SPDX-License-Identifier: Apache-2.0
import Policy

/// Classes of accesses that are logged although no policy concerns them, by KubeArmor's words.
public enum Visibility {
    /// A container's own word about it, in KubeArmor an annotation: it goes before the setting `visibility`.
    public static let label = "kubearmor-visibility"

    /// A set of `1 << class`. Words that are none of KubeArmor's are passed over, `none` is nothing.
    public static func classes(of words: [String]) -> UInt32 {
        if words.contains("none") { return 0 }
        return words.reduce(0) { set, word in
            switch word {
            case "process": set | 1 << AccessClass.process.rawValue
            case "file": set | 1 << AccessClass.file.rawValue
            case "network": set | 1 << AccessClass.network.rawValue
            // System calls that are about privileges are KubeArmor's under this word.
            case "capabilities": set | 1 << AccessClass.capability.rawValue | 1 << AccessClass.syscall.rawValue
            case "dns": set | 1 << AccessClass.dns.rawValue
            default: set
            }
        }
    }

    /// What the labels of a container say; nil when they say nothing.
    static func classes(in labels: [String: String]) -> UInt32? {
        labels[label].map { text in
            classes(of: text.split(separator: ",").map { word in String(word.filter { $0 != " " }) })
        }
    }
}
