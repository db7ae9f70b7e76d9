print("kubearmor")
