// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import Glibc
internal import PluginKit
internal import RuntimeAPI
internal import SwiftProtobuf
internal import Synchronization

/// Tells of the containers of containerd, in all its namespaces.
struct ContainerdConversation: RuntimeConversation {
    /// A container, in the namespace that its id is unique in.
    struct Subject: Hashable, Sendable {
        let namespace: String
        let id: String
    }

    static let source = "containerd"
    static let setting = "containerdSocket"
    static let usualPlaces = [
        "/run/containerd/containerd.sock", "/var/snap/microk8s/common/run/containerd.sock",
        "/run/k3s/containerd/containerd.sock", "/var/run/containerd/containerd.sock",
    ]

    /// What is asked for anew without an event.
    private static let firstPause = Duration.seconds(2)
    private static let pause = Duration.seconds(30)

    /// The events that matter; those about what containers execute are many.
    private static let topics = [
        "/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete", "/tasks/paused", "/tasks/resumed",
        "/containers/create", "/containers/update", "/containers/delete",
    ]

    private let calls: ContainerdCalls
    private let events: Containerd_Services_Events_V1_Events.Client<RuntimeConnection.Transport>
    private let host: Host
    private let counters: SourceCounters
    private let told: ToldContainers
    private let hints = RuntimeHints<Subject>()

    init(_ client: RuntimeConnection.Client, host: Host, counters: SourceCounters) {
        calls = ContainerdCalls(client)
        events = Containerd_Services_Events_V1_Events.Client(wrapping: client)
        told = ToldContainers(host: host)
        self.host = host
        self.counters = counters
    }

    func hold() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Before the first question: what happens meanwhile is asked for again.
            group.addTask { try await listen() }
            group.addTask {
                try await tellAll()
                host.synced()
                try await hints.answer { try await answer($0) }
            }
            group.addTask { try await hints.keepAsking(firstAfter: Self.firstPause, every: Self.pause) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func listen() async throws {
        var request = Containerd_Services_Events_V1_SubscribeRequest()
        request.filters = Self.topics.map { "topic==\"\($0)\"" }
        try await events.subscribe(request, options: RuntimeConnection.streamOptions) { response in
            for try await envelope in response.messages {
                counters.events.add(1, ordering: .relaxed)
                guard let id = Self.subject(of: envelope) else { continue }
                hints.add(Subject(namespace: envelope.namespace, id: id))
            }
        }
        throw PluginFailure(code: EPIPE, message: "containerd has ended its stream of events")
    }

    /// Nil for an event that cannot be read: what it is about is asked for with everything, later.
    private static func subject(of envelope: Containerd_Services_Events_V1_Envelope) -> String? {
        let bytes = envelope.event.value
        if envelope.topic.hasPrefix("/tasks/") {
            return try? Containerd_Services_Events_V1_TaskEvent(serializedBytes: bytes).containerID
        }
        return try? Containerd_Services_Events_V1_ContainerEvent(serializedBytes: bytes).id
    }

    private func answer(_ question: RuntimeHints<Subject>.Question) async throws {
        switch question {
        case .all: try await tellAll()
        case .about(let subjects): for subject in subjects { try await tell(subject) }
        }
    }

    private func tellAll() async throws {
        counters.resyncs.add(1, ordering: .relaxed)
        var ids: Set<String> = []
        for namespace in try await calls.namespaces() {
            let tasks = try await calls.tasks(in: namespace)
            for container in try await calls.containers(in: namespace) {
                let subject = Subject(namespace: namespace, id: container.id)
                ids.insert(ContainerdIdentity.id(of: subject))
                try await tell(subject, container, tasks[container.id])
            }
        }
        try told.keep(ids)
        counters.containers.store(UInt64(told.count), ordering: .relaxed)
    }

    private func tell(_ subject: Subject) async throws {
        counters.questions.add(1, ordering: .relaxed)
        defer { counters.containers.store(UInt64(told.count), ordering: .relaxed) }
        guard let container = try await calls.container(subject) else {
            try told.remove(ContainerdIdentity.id(of: subject))
            return
        }
        try await tell(subject, container, try await calls.task(subject))
    }

    private func tell(
        _ subject: Subject, _ container: Containerd_Services_Containers_V1_Container,
        _ task: Containerd_V1_Types_Process?
    ) async throws {
        let before = told[ContainerdIdentity.id(of: subject)]
        var image = container.image
        // A name may stand for another image later; the container keeps the one that it was made of.
        if let before, before.image == image || before.image.hasPrefix("\(image)@") {
            image = before.image
        } else if !image.isEmpty, !image.contains("@"),
            let digest = try await calls.digest(ofImage: image, in: subject.namespace)
        {
            image += "@\(digest)"
        }
        try told.upsert(ContainerdIdentity.container(subject, container, image: image, task, before: before))
    }
}
