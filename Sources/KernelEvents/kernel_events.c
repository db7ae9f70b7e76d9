#include "kubearmor_kernel.h"
