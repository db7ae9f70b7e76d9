// SPDX-License-Identifier: Apache-2.0
import Daemon
import Glibc
import Testing

@Suite struct InstanceLockTests {
    @Test("A second daemon is refused with the number of the first, and may start when that one is gone")
    func secondInstance() throws {
        let directory = try TemporaryDirectory()
        let run = "\(directory.path)/run"
        var first: InstanceLock? = try InstanceLock(directory: run)
        do {
            _ = try InstanceLock(directory: run)
            Issue.record("two daemons")
        } catch {
            #expect(error.status == .alreadyRunning)
            #expect(error.description.contains("process \(getpid())"))
        }
        #expect(first != nil)
        first = nil
        _ = try InstanceLock(directory: run)
    }

    @Test("A directory that cannot be made is said with what to do")
    func noDirectory() {
        #expect {
            try InstanceLock(directory: "/proc/nowhere/run")
        } throws: { error in
            "\(error)".contains("set runDir") && (error as? StartError)?.status == .failure
        }
    }
}
