// What the kernels of this folder share: number formats, sums over a warp and a block.
//
// A decoding step of GPT-2 for a few rows is five kernels a layer (linear.cu, attention.cu), and the choice
// of the tokens two more (sampling.cu). engine/model_runner.py computes the same with torch's own kernels,
// some twenty a layer: for one row those take longer to start than to compute. Here a step reads each
// weight once and little else.
//
// cuda_kernels.py compiles these files as one text at run time, so they include nothing. It defines
// WEIGHT_IS_BFLOAT16 (0 or 1) and MAX_ROWS; what passes between two kernels is float32 in either case.
// Matrices are (n_out, n_in), as nn.Linear has them.

#define NOWHERE (-__int_as_float(0x7f800000))  // minus infinity
#define ALL_LANES 0xffffffffu
#define MOST_WARPS 32  // of a block

extern __shared__ float4 shared_memory[];  // as many bytes as the launch says

#if WEIGHT_IS_BFLOAT16
typedef unsigned short weight_t;
#define PER_LOAD 8  // weights in 16 bytes
__device__ float to_float(weight_t w) { return __uint_as_float((unsigned)w << 16); }
__device__ float to_float(float x) { return x; }
__device__ weight_t to_weight(float x) {  // to the nearest, ties to even
    unsigned bits = __float_as_uint(x);
    return (weight_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
__device__ void unpack(uint4 v, float* to) {
    unsigned pairs[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        to[2 * i] = __uint_as_float(pairs[i] << 16);
        to[2 * i + 1] = __uint_as_float(pairs[i] & 0xffff0000u);
    }
}
#else
typedef float weight_t;
#define PER_LOAD 4
__device__ float to_float(weight_t w) { return w; }
__device__ weight_t to_weight(float x) { return x; }
__device__ void unpack(uint4 v, float* to) {
    to[0] = __uint_as_float(v.x), to[1] = __uint_as_float(v.y);
    to[2] = __uint_as_float(v.z), to[3] = __uint_as_float(v.w);
}
#endif

__device__ void store(float* to, float x) { *to = x; }
#if WEIGHT_IS_BFLOAT16
__device__ void store(weight_t* to, float x) { *to = to_weight(x); }
#endif

__device__ float warp_sum(float x) {
#pragma unroll
    for (int other = 16; other; other /= 2) x += __shfl_xor_sync(ALL_LANES, x, other);
    return x;
}

__device__ float warp_max(float x) {
#pragma unroll
    for (int other = 16; other; other /= 2) x = fmaxf(x, __shfl_xor_sync(ALL_LANES, x, other));
    return x;
}

__device__ float block_sum(float x) {
    __shared__ float of_warp[MOST_WARPS];
    x = warp_sum(x);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    x = warp_sum(threadIdx.x % 32 < blockDim.x / 32 ? of_warp[threadIdx.x % 32] : 0);
    __syncthreads();  // the next sum writes there again
    return x;
}

__device__ float block_max(float x) {
    __shared__ float of_warp[MOST_WARPS];
    x = warp_max(x);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    x = warp_max(threadIdx.x % 32 < blockDim.x / 32 ? of_warp[threadIdx.x % 32] : NOWHERE);
    __syncthreads();
    return x;
}

// The next kernel may begin now, as far as it does not need what this one writes; and from here on what the
// one before has written is there. Every kernel does both, so each waits for all before it.
__device__ void after_the_one_before() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;");
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Asks for memory before what it is combined with is there.
__device__ void prefetch(const weight_t* w, int n, int lane) {
    const int line = 128 / sizeof(weight_t);
    for (int i = lane * line; i < n; i += 32 * line) asm volatile("prefetch.global.L2 [%0];" ::"l"(w + i));
}

__device__ void prefetch_all(const weight_t* w, int n) {  // by a block
    const int line = 128 / sizeof(weight_t);
    for (int i = threadIdx.x * line; i < n; i += blockDim.x * line)
        asm volatile("prefetch.global.L2 [%0];" ::"l"(w + i));
}
