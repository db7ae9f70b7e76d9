// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A thread of its own, for what waits in the kernel or in a plugin and may therefore not run in a task.
public enum DedicatedThread {
    /// The system has no thread left to give.
    public struct StartError: Error, CustomStringConvertible {
        let name: String
        let number: Int32

        public var description: String {
            "cannot start the thread \(name) (errno \(number)): raise the limit of tasks (TasksMax, ulimit -u)"
        }
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new thread as ``start(name:_:)`` does; where the system has none left to give, on this one.
    public static func startOrRun(name: String, _ body: @escaping @Sendable () -> Void) {
        do { try start(name: name, body) } catch { body() }
    }

    /// Runs `body` on a new detached thread with all signals blocked, so that handlers run elsewhere.
    ///
    /// - Parameter name: shown by tools, its first 15 bytes
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                kubearmor_name_thread(body.name)
                body.run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw StartError(name: name, number: status)
        }
    }
}
