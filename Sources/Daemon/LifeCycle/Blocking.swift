// SPDX-License-Identifier: Apache-2.0
import Events

/// Runs what blocks beside the threads that tasks share.
enum Blocking {
    static func run(name: String, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            do {
                try DedicatedThread.start(name: name) {
                    body()
                    continuation.resume()
                }
            } catch {
                // Without a thread to spare the task's own has to do.
                body()
                continuation.resume()
            }
        }
    }
}
