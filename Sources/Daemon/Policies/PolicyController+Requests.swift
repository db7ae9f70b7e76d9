// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Policy
import Workloads

extension PolicyController.State {
    /// Of one that is in a file of the operator's and came by API as well, the file counts.
    func allPolicies() -> (policies: [Policy], warnings: [PolicyDiagnostic]) {
        var (all, warnings) = directory.policies()
        guard let stored else { return (all, warnings) }
        let (others, more) = stored.policies.policies()
        warnings += more
        let places = Dictionary(all.map { ($0.identity, $0.location) }) { first, _ in first }
        for policy in others {
            guard let place = places[policy.identity] else {
                all.append(policy)
                continue
            }
            warnings.append(
                PolicyDiagnostic(
                    severity: .warning, code: "policy-replaced", location: policy.location, field: "metadata.name",
                    message: "\(policy.kind.rawValue) \(policy.name) is also in \(place), which counts",
                    remedy: "delete the one that came by API, or remove the file"))
        }
        return (all, warnings)
    }

    /// Those whose newest rules could not be put into force.
    fileprivate var failed: [UInt64: String] { failures.compactMapValues(\.rules) }
}

extension Policy {
    fileprivate var identity: String { "\(kind.rawValue) \(namespace)/\(name)" }
}

extension PolicyController {
    /// Before the first one came there is no directory.
    func scanStored(_ state: inout State) {
        guard let path = state.stored?.store.directory, access(path, F_OK) == 0,
            let findings = state.stored?.policies.scan()
        else { return }
        report(findings)
        if let failure = findings.failure { say("\(failure): the policies that came by API stay", &state) }
    }

    func carryOut(_ json: String, _ state: inout State) -> (outcome: PolicyRequest.Outcome, reason: String?) {
        do throws(PolicyRequest.Refusal) {
            let request = try PolicyRequest(json: json)
            let outcome = try carryOut(request, &state)
            logger.info("by API: \(request.policy.kind.rawValue) \(request.policy.name): \(outcome)")
            return (outcome, nil)
        } catch {
            logger.warning("by API: nothing is changed (\(error.outcome)): \(error)")
            return (error.outcome, error.description)
        }
    }

    private func carryOut(
        _ request: PolicyRequest, _ state: inout State
    ) throws(PolicyRequest.Refusal) -> PolicyRequest.Outcome {
        let policy = request.policy
        guard let store = state.stored?.store else {
            throw PolicyRequest.Refusal(outcome: .notEnabled, description: "no policies are taken by API")
        }
        let earlier = store.content(of: request.fileName)
        if request.verb == .deleted, earlier == nil {
            throw PolicyRequest.Refusal(
                outcome: .notExist, description: "no \(policy.kind.rawValue) \(policy.name) came by API")
        }
        if request.verb != .deleted {
            guard state.settings.enables(policy.kind) else {
                throw PolicyRequest.Refusal(
                    outcome: .notEnabled, description: "\(policy.kind.rawValue) is not enabled in the configuration")
            }
            if let other = state.directory.policies().policies.first(where: { $0.identity == policy.identity }) {
                throw PolicyRequest.Refusal(
                    outcome: .failure, description: "\(policy.name) is in \(other.location): change it there")
            }
            guard earlier != nil || store.count < StoredPolicies.limit else {
                throw PolicyRequest.Refusal(
                    outcome: .failure, description: "\(StoredPolicies.limit) policies came by API: delete some")
            }
        }
        try replace(earlier, by: request, store, &state)
        if request.verb == .deleted { return .deleted }
        return earlier == nil ? .applied : .modified
    }

    /// Puts it into force, or leaves everything as it was.
    private func replace(
        _ earlier: [UInt8]?, by request: PolicyRequest, _ store: StoredPolicies, _ state: inout State
    ) throws(PolicyRequest.Refusal) {
        let failedBefore = state.failed
        try set(request.verb == .deleted ? nil : Array(request.document.utf8), of: request, store, &state)
        let known = workloads.snapshot()
        let failure = state.failed.first { key, _ in
            // What failed before is no reason to keep a policy, but one not to say that another is in force.
            let isConcerned = known[key].map { request.policy.selects($0.identity) } ?? false
            return failedBefore[key] == nil || request.verb != .deleted && isConcerned
        }
        guard let reason = failure?.value else { return }
        try set(earlier, of: request, store, &state)
        throw PolicyRequest.Refusal(outcome: .failure, description: reason)
    }

    private func set(
        _ content: [UInt8]?, of request: PolicyRequest, _ store: StoredPolicies, _ state: inout State
    ) throws(PolicyRequest.Refusal) {
        do throws(StoredPolicies.StoreError) {
            try store.set(content, of: request.fileName)
        } catch {
            throw PolicyRequest.Refusal(outcome: .failure, description: error.description)
        }
        scanStored(&state)
        _ = applyAll(&state)
    }
}
