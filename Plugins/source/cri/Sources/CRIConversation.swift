// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import Glibc
internal import PluginKit
internal import RuntimeAPI
internal import Synchronization

/// Tells of the containers of a runtime with the Container Runtime Interface.
struct CRIConversation: RuntimeConversation {
    static let source = "cri"
    static let setting = "criSocket"
    // containerd's own source asks containerd better; so its socket is taken by name only.
    static let usualPlaces = ["/run/crio/crio.sock", "/var/run/crio/crio.sock"]

    private static let firstPause = Duration.seconds(2)
    private static let pause = Duration.seconds(30)
    /// A runtime that tells of no events is asked so often.
    private static let pollPause = Duration.seconds(1)

    private let service: Runtime_V1_RuntimeService.Client<RuntimeConnection.Transport>
    private let host: Host
    private let counters: SourceCounters
    private let told: ToldContainers
    /// The answer to any question has all containers: none is about one.
    private let hints = RuntimeHints<Never>()

    init(_ client: RuntimeConnection.Client, host: Host, counters: SourceCounters) {
        service = Runtime_V1_RuntimeService.Client(wrapping: client)
        told = ToldContainers(host: host)
        self.host = host
        self.counters = counters
    }

    func hold() async throws {
        let runtime = try await service.version(.init(), options: RuntimeConnection.options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Before the first question: what happens meanwhile is asked for again.
            group.addTask { try await listen(runtime) }
            group.addTask {
                try await tellAll(runtime.runtimeName)
                host.synced()
                try await hints.answer { _ in try await tellAll(runtime.runtimeName) }
            }
            group.addTask { try await hints.keepAsking(firstAfter: Self.firstPause, every: Self.pause) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func listen(_ runtime: Runtime_V1_VersionResponse) async throws {
        do {
            try await service.getContainerEvents(.init(), options: RuntimeConnection.streamOptions) { response in
                for try await _ in response.messages {
                    counters.events.add(1, ordering: .relaxed)
                    hints.addAll()
                }
            }
        } catch let error as RPCError where error.code == .unimplemented {
            host.log(
                .info, "\(runtime.runtimeName) \(runtime.runtimeVersion) tells of no events: it is asked every second")
            try await hints.keepAsking(firstAfter: Self.pollPause, every: Self.pollPause)
        }
        throw PluginFailure(code: EPIPE, message: "\(runtime.runtimeName) has ended its stream of events")
    }

    private func tellAll(_ runtime: String) async throws {
        counters.resyncs.add(1, ordering: .relaxed)
        let options = RuntimeConnection.options
        let pods = try await service.listPodSandbox(.init(), options: options).items
        let pod = Dictionary(pods.map { ($0.id, $0) }) { _, last in last }
        let containers = try await service.listContainers(.init(), options: options).containers
        for container in containers {
            try await tell(container, pod[container.podSandboxID], runtime)
        }
        try told.keep(Set(containers.map(\.id)))
        counters.containers.store(UInt64(told.count), ordering: .relaxed)
    }

    private func tell(
        _ container: Runtime_V1_Container, _ pod: Runtime_V1_PodSandbox?, _ runtime: String
    ) async throws {
        var report = CRIIdentity.container(container, pod, runtime: runtime)
        let before = told[container.id]
        if report.state == .running || report.state == .created {
            // The process of a container never changes while it runs.
            let isSame = before?.state == report.state && before?.initPID != 0
            report.initPID = try await isSame ? before?.initPID ?? 0 : process(of: container.id)
        }
        try told.upsert(report)
    }

    /// 0 when the container has none, or the runtime does not say.
    private func process(of id: String) async throws -> UInt32 {
        counters.questions.add(1, ordering: .relaxed)
        var request = Runtime_V1_ContainerStatusRequest()
        request.containerID = id
        request.verbose = true
        return try await RuntimeConnection.ifThere {
            let answer = try await service.containerStatus(request, options: RuntimeConnection.options)
            return CRIIdentity.process(in: answer.info)
        } ?? 0
    }
}
