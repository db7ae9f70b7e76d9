// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews

/// What a file tells that workloads did.
enum RecordedProfile {
    /// Reads a file of alerts and logs.
    ///
    /// - Parameter filter: nil for all
    static func read(_ path: String, filter: EventFilter? = nil) throws -> Profile {
        var profile = Profile()
        _ = try EventInput(file: path).read { lines in
            for line in lines where filter?.shows(line) ?? true {
                if let observation = Observation(line) { profile.add(observation) }
            }
            return true
        }
        return profile
    }
}
