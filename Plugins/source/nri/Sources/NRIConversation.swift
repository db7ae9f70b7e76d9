// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NRIProtocol
internal import PluginKit
internal import Synchronization

/// One connection's worth of talk with a runtime, on the thread of the source.
final class NRIConversation {
    private static let name = "kubearmor"
    /// From the connection until the runtime has told of everything.
    private static let registrationLimit = Duration.seconds(10)
    /// What is left of the runtime's patience when the answer is sent: a plugin that is late is put out, and the
    /// container is started.
    private static let reserve = Duration.milliseconds(200)
    private static let stateLimit = 65_536
    private static let events: [NRIEvent.Kind] = [.runPod, .removePod, .startContainer, .removeContainer]

    private let host: Host
    private let channel: NRIChannel
    private let waiting: WaitingContainers
    private let counters: NRICounters
    private let told: ToldContainers
    private var identity = NRIIdentity(NRIRuntime(name: "", version: ""))
    private var state: [NRIState] = []
    private var isSynchronized = false

    init(_ host: Host, _ channel: NRIChannel, _ waiting: WaitingContainers, _ counters: NRICounters) {
        (self.host, self.channel, self.waiting, self.counters) = (host, channel, waiting, counters)
        told = ToldContainers(host: host)
    }

    /// Registers, then answers the runtime until it ends or `isStopping`.
    func hold(_ isStopping: () -> Bool) throws(PluginFailure) {
        let index = host.setting("nriIndex") ?? ""
        let registration = NRIInterface.registration(name: Self.name, index: index.isEmpty ? "99" : index)
        try channel.send(
            TTRPCMessage(
                connection: TTRPCMessage.toRuntime, stream: 1, kind: .request, payload: registration.bytes))
        let deadline = ContinuousClock.now + Self.registrationLimit
        while !isStopping() {
            let next = isSynchronized ? waiting.deadline : min(deadline, waiting.deadline ?? deadline)
            for message in try channel.next(until: next) { try take(message) }
            try answerSettled()
            if !isSynchronized, ContinuousClock.now >= deadline {
                throw PluginFailure(
                    code: ETIMEDOUT, message: "\(channel.socket.path): the runtime does not register nri: does it hang?"
                )
            }
        }
        for container in waiting.takeAll() { try refuse(container, "the daemon ends") }
    }

    // MARK: Messages

    private func take(_ message: TTRPCMessage) throws(PluginFailure) {
        switch (message.connection, message.kind) {
        case (TTRPCMessage.toRuntime, .response):
            try checkRegistration(try channel.decoded(message.payload, TTRPCResponse.init))
        case (TTRPCMessage.toPlugin, .request):
            let request = try channel.decoded(message.payload, TTRPCRequest.init)
            try take(request, message.stream)
        default: break
        }
    }

    private func checkRegistration(_ response: TTRPCResponse) throws(PluginFailure) {
        guard case .failure(_, let text) = response else { return }
        throw PluginFailure(
            code: EINVAL, message: "\(channel.socket.path): the runtime refuses nri: \(text): see nriIndex")
    }

    private func answer(_ stream: UInt32, _ response: TTRPCResponse) throws(PluginFailure) {
        try channel.send(
            TTRPCMessage(connection: TTRPCMessage.toPlugin, stream: stream, kind: .response, payload: response.bytes))
    }

    private func take(_ request: TTRPCRequest, _ stream: UInt32) throws(PluginFailure) {
        switch (request.service, request.method) {
        case (NRIInterface.plugin, "Configure"):
            let runtime = try channel.decoded(request.payload, NRIRuntime.init)
            identity = NRIIdentity(runtime)
            host.log(.info, "\(channel.socket.path): \(runtime.name) \(runtime.version)")
            try answer(stream, .success(NRIInterface.subscription(Self.events)))
        case (NRIInterface.plugin, "Synchronize"):
            let part = try channel.decoded(request.payload, NRIState.init)
            try synchronize(part)
            try answer(stream, .success(NRIInterface.synchronized(more: part.more)))
        case (NRIInterface.plugin, "Shutdown"):
            try answer(stream, .success([]))
        default:
            let event = try channel.decoded(request.payload) { payload throws(MalformedMessage) in
                try NRIEvent(method: request.method, payload)
            }
            guard request.service == NRIInterface.plugin, let event else {
                let code = TTRPCResponse.Code.unimplemented.rawValue
                return try answer(stream, .failure(code: code, text: "nri has no \(request.method)"))
            }
            counters.events.add(1, ordering: .relaxed)
            try take(event, request, stream)
        }
        counters.containers.store(UInt64(told.count), ordering: .relaxed)
    }

    // MARK: What there is

    private func synchronize(_ part: NRIState) throws(PluginFailure) {
        state.append(part)
        guard state.reduce(0, { $0 + $1.pods.count + $1.containers.count }) <= Self.stateLimit else {
            throw PluginFailure(
                code: EPROTO, message: "\(channel.socket.path): it tells of more than \(Self.stateLimit) containers")
        }
        guard !part.more else { return }
        let pods = state.flatMap(\.pods)
        let containers = state.flatMap(\.containers)
        state = []
        let podsByID = Dictionary(pods.map { ($0.id, $0) }) { first, _ in first }
        for pod in pods { try told.upsert(identity.sandbox(pod)) }
        for container in containers { try told.upsert(identity.container(container, podsByID[container.sandbox])) }
        host.synced()
        isSynchronized = true
    }

    // MARK: Events

    private func take(_ event: NRIEvent, _ request: TTRPCRequest, _ stream: UInt32) throws(PluginFailure) {
        switch (event.kind, event.pod, event.container) {
        case (.runPod, let pod?, _):
            let sandbox = identity.sandbox(pod)
            if identity.holdsSandboxes, sandbox.initPID != 0 { return try hold(sandbox, request, stream) }
            try told.upsert(sandbox)
        case (.startContainer, let pod, let container?):
            return try hold(identity.container(container, pod), request, stream)
        case (.removePod, let pod?, _): try told.remove(pod.id)
        case (.removeContainer, _, let container?): try told.remove(container.id)
        default: break
        }
        try answer(stream, .success([]))
    }

    /// Has the runtime wait until the daemon has put the container under its rules.
    private func hold(
        _ container: ReportedContainer, _ request: TTRPCRequest, _ stream: UInt32
    ) throws(PluginFailure) {
        var container = container
        (container.isWaiting, container.state) = (true, .created)
        let now = ContinuousClock.now
        let entry = WaitingContainers.Container(
            id: container.id, namespace: container.namespace, process: container.initPID, stream: stream, began: now,
            deadline: now + limit(request))
        guard waiting.add(entry) else { return try refuse(entry, "the runtime starts it twice at once") }
        do throws(PluginFailure) {
            // Told of again when the runtime asks again.
            if told[container.id] == container { try told.remove(container.id) }
            try told.upsert(container)
        } catch {
            waiting.remove(container.id)
            try refuse(entry, "the daemon does not take what nri tells of it")
        }
    }

    private func limit(_ request: TTRPCRequest) -> Duration {
        let limit = Duration.milliseconds(Int64(host.setting("hookTimeoutMilliseconds") ?? "") ?? 2000)
        guard request.nanoseconds > 0 else { return limit }
        let patience = Duration.nanoseconds(Int64(clamping: request.nanoseconds))
        return min(limit, max(patience - Self.reserve, patience / 2))
    }

    // MARK: Answers

    private func answerSettled() throws(PluginFailure) {
        for (container, status) in waiting.takeSettled() {
            guard status == 0 else {
                try refuse(container, "its rule set is not in force, the daemon's log says why")
                continue
            }
            counters.held.add(1, ordering: .relaxed)
            counters.waited(.now - container.began)
            try answer(container.stream, .success([]))
        }
        for container in waiting.takeExpired(now: .now) {
            counters.expired.add(1, ordering: .relaxed)
            let time = (container.deadline - container.began) / .milliseconds(1)
            try refuse(container, "the daemon has not answered within \(Int(time)) ms")
        }
    }

    /// Its rule set is not in force, as far as is known here.
    private func refuse(_ container: WaitingContainers.Container, _ failure: String) throws(PluginFailure) {
        let decision = StartDecision(
            failure: failure, container: container.id, namespace: container.namespace, host)
        counters.waited(.now - container.began)
        host.log(decision.mayStart ? .warning : .error, decision.text)
        if decision.mayStart {
            counters.allowed.add(1, ordering: .relaxed)
            try answer(container.stream, .success([]))
        } else {
            counters.refused.add(1, ordering: .relaxed)
            if !identity.heedsErrors, !ContainerCgroup.end(container.id, process: container.process) {
                host.log(
                    .error,
                    "container \(container.id) cannot be kept from starting: use the OCI hook, see `kubearmor hook`")
            }
            let code = TTRPCResponse.Code.failedPrecondition.rawValue
            try answer(container.stream, .failure(code: code, text: "KubeArmor: \(decision.text)"))
        }
    }
}
