// A decoding step of GPT-2 for a few rows, in five kernels a layer, and the choice of the tokens in two more.
//
// engine/model_runner.py computes the same with torch's own kernels, some twenty a layer: for one row those
// take longer to start than to compute. Here a step reads each weight once and little else.
// cuda_kernels.py compiles this text at run time, so it includes nothing. It defines WEIGHT_IS_BFLOAT16
// (0 or 1) and MAX_ROWS; what passes between two kernels is float32 in either case.
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

// The next kernel may begin now, as far as it does not need what this one writes; and from here on what the one
// before has written is there. Every kernel does both, so each waits for all before it.
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

// sums[o][r] += w[first + o] @ x[r] for OUTPUTS rows of w (n_out, n) and all of x (rows, n): the share of one
// lane of `lanes`. Behind the last row of w the last is taken again.
template <int OUTPUTS>
__device__ void products(const weight_t* w, const float* x, int first, int n_out, int n, int rows, int lane,
                         int lanes, float sums[OUTPUTS][MAX_ROWS]) {
    const weight_t* row[OUTPUTS];
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) row[o] = w + (long long)min(first + o, n_out - 1) * n;
    if (n % PER_LOAD == 0) {  // then every row begins at 16 bytes
#pragma unroll 2
        for (int i = lane * PER_LOAD; i < n; i += lanes * PER_LOAD) {
            float weights[OUTPUTS][PER_LOAD];
#pragma unroll
            for (int o = 0; o < OUTPUTS; o++) unpack(__ldg((const uint4*)(row[o] + i)), weights[o]);
#pragma unroll
            for (int r = 0; r < MAX_ROWS; r++)
                if (r < rows) {
#pragma unroll
                    for (int k = 0; k < PER_LOAD; k += 4) {
                        const float4 v = *(const float4*)(x + r * n + i + k);
#pragma unroll
                        for (int o = 0; o < OUTPUTS; o++)
                            sums[o][r] += weights[o][k] * v.x + weights[o][k + 1] * v.y +
                                          weights[o][k + 2] * v.z + weights[o][k + 3] * v.w;
                    }
                }
        }
    } else {
        for (int i = lane; i < n; i += lanes)
#pragma unroll
            for (int r = 0; r < MAX_ROWS; r++)
                if (r < rows)
#pragma unroll
                    for (int o = 0; o < OUTPUTS; o++) sums[o][r] += to_float(row[o][i]) * x[r * n + i];
    }
}

// x (rows, n) = wte[token] + wpe[position]
extern "C" __global__ void embed(const int* tokens, const int* positions, const weight_t* wte,
                                 const weight_t* wpe, float* x, int n) {
    const int row = blockIdx.y, i = blockIdx.x * blockDim.x + threadIdx.x;
    after_the_one_before();
    if (i < n)
        x[row * n + i] = to_float(wte[(long long)tokens[row] * n + i]) +
                         to_float(wpe[(long long)positions[row] * n + i]);
}

__device__ float gelu(float x) { return 0.5f * x * (1 + tanhf(0.7978845608f * (x + 0.044715f * x * x * x))); }

// y (rows, n_out) = LayerNorm(x) @ w.T + bias, with GPT-2's GELU behind it if `with_gelu`. A warp works at
// OUTPUTS outputs at a time.
template <int OUTPUTS>
__device__ void norm_linear(const float* x, const weight_t* scale, const weight_t* shift, const weight_t* w,
                            const weight_t* bias, float* y, int rows, int n_in, int n_out, int has_shift,
                            int has_bias, int with_gelu, float eps) {
    float* h = (float*)shared_memory;  // (rows, n_in)
    float *scales = h + rows * n_in, *shifts = scales + n_in;
    const int lane = threadIdx.x % 32, warps = blockDim.x / 32;
    const int begin = (blockIdx.x * warps + threadIdx.x / 32) * OUTPUTS;
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++)
        if (begin + o < n_out) prefetch(w + (long long)(begin + o) * n_in, n_in, lane);
    for (int i = threadIdx.x; i < n_in; i += blockDim.x) {
        scales[i] = to_float(scale[i]);
        shifts[i] = has_shift ? to_float(shift[i]) : 0;
    }
    after_the_one_before();
    for (int r = 0; r < rows; r++) {
        float sum = 0, squares = 0;
        for (int i = threadIdx.x; i < n_in; i += blockDim.x) sum += h[r * n_in + i] = x[r * n_in + i];
        const float mean = block_sum(sum) / n_in;
        for (int i = threadIdx.x; i < n_in; i += blockDim.x) {
            const float off = h[r * n_in + i] - mean;
            squares += off * off;
        }
        const float inverse = rsqrtf(block_sum(squares) / n_in + eps);
        for (int i = threadIdx.x; i < n_in; i += blockDim.x)
            h[r * n_in + i] = (h[r * n_in + i] - mean) * inverse * scales[i] + shifts[i];
    }
    __syncthreads();
    for (int first = begin; first < n_out; first += gridDim.x * warps * OUTPUTS) {
        float sums[OUTPUTS][MAX_ROWS] = {}, biases[OUTPUTS] = {};
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++)
            if (has_bias && first + o < n_out) biases[o] = to_float(bias[first + o]);
        products<OUTPUTS>(w, h, first, n_out, n_in, rows, lane, 32, sums);
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++)
#pragma unroll
            for (int r = 0; r < MAX_ROWS; r++)
                if (r < rows && first + o < n_out) {
                    const float v = warp_sum(sums[o][r]) + biases[o];
                    if (lane == 0) y[r * n_out + first + o] = with_gelu ? gelu(v) : v;
                }
    }
}

// x (rows, n_out) += y @ w.T + bias; a whole block works at OUTPUTS outputs.
template <int OUTPUTS>
__device__ void linear_residual(const float* y, const weight_t* w, const weight_t* bias, float* x, int rows,
                                int n_in, int n_out, int has_bias) {
    __shared__ float of_warp[MOST_WARPS][OUTPUTS][MAX_ROWS];
    const int first = blockIdx.x * OUTPUTS, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int o = threadIdx.x / MAX_ROWS, r = threadIdx.x % MAX_ROWS, out = first + o;
    const bool ends_one = o < OUTPUTS && r < rows && out < n_out;
    float sums[OUTPUTS][MAX_ROWS] = {}, sum = ends_one && has_bias ? to_float(bias[out]) : 0;
    if (warp < OUTPUTS && first + warp < n_out) prefetch(w + (long long)(first + warp) * n_in, n_in, lane);
    after_the_one_before();
    if (ends_one) sum += x[r * n_out + out];
    products<OUTPUTS>(w, y, first, n_out, n_in, rows, threadIdx.x, blockDim.x, sums);
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++)
#pragma unroll
        for (int r = 0; r < MAX_ROWS; r++)
            if (r < rows) {
                const float of_this = warp_sum(sums[o][r]);
                if (lane == 0) of_warp[warp][o][r] = of_this;
            }
    __syncthreads();
    if (ends_one) {
        for (int i = 0; i < blockDim.x / 32; i++) sum += of_warp[i][o][r];
        x[r * n_out + out] = sum;
    }
}

#define NORM_LINEAR(OUTPUTS)                                                                                \
    extern "C" __global__ void norm_linear_##OUTPUTS(                                                       \
        const float* x, const weight_t* scale, const weight_t* shift, const weight_t* w,                    \
        const weight_t* bias, float* y, int rows, int n_in, int n_out, int has_shift, int has_bias,         \
        int with_gelu, float eps) {                                                                         \
        norm_linear<OUTPUTS>(x, scale, shift, w, bias, y, rows, n_in, n_out, has_shift, has_bias,           \
                             with_gelu, eps);                                                               \
    }
NORM_LINEAR(1)
NORM_LINEAR(2)
NORM_LINEAR(4)
extern "C" __global__ void linear_residual_2(const float* y, const weight_t* w, const weight_t* bias, float* x,
                                             int rows, int n_in, int n_out, int has_bias) {
    linear_residual<2>(y, w, bias, x, rows, n_in, n_out, has_bias);
}

// y (rows, H, D): the attention of each row's new token, whose q, k and v stand in qkv (rows, 3, H, D), to
// those before it and itself. k and v go into the caches (rows, H, max_len, D) first.
// A block has one head of one row. For a score 8 lanes share a position, and take FOUR of them at a time.
#define FOUR 4
template <typename T>
__device__ void attend(const T* qkv, const int* positions, weight_t* k_cache, weight_t* v_cache, T* y,
                       int n_head, int head_dim, int max_len) {
    const int D = head_dim, n = positions[blockIdx.y] + 1;  // no kernel before this one has written positions
    const long long head = (long long)blockIdx.y * n_head + blockIdx.x;
    float* q = (float*)shared_memory;                    // (D,)
    float* score = q + (D + 3) / 4 * 4;           // (max_len,)
    float* part = score + (max_len + 3) / 4 * 4;  // (parts, D)
    const T* new_q = qkv + ((long long)blockIdx.y * 3 * n_head + blockIdx.x) * D;
    const T *new_k = new_q + n_head * D, *new_v = new_k + n_head * D;
    weight_t *k = k_cache + head * max_len * D, *v = v_cache + head * max_len * D;
    prefetch_all(k, (n - 1) * D);
    prefetch_all(v, (n - 1) * D);
    after_the_one_before();
    for (int i = threadIdx.x; i < D; i += blockDim.x) {
        q[i] = to_float(new_q[i]) * rsqrtf((float)D);
        k[(long long)(n - 1) * D + i] = to_weight(to_float(new_k[i]));
        v[(long long)(n - 1) * D + i] = to_weight(to_float(new_v[i]));
    }
    __syncthreads();

    float largest = NOWHERE;
    const int eighth = threadIdx.x % 8, apart = blockDim.x / 8;
    // By whole warps, which have four positions each: they shuffle.
    for (int first = threadIdx.x / 8; first < (n + 3) / 4 * 4; first += FOUR * apart) {
        float sums[FOUR] = {};
        const weight_t* row[FOUR];
#pragma unroll
        for (int u = 0; u < FOUR; u++) row[u] = k + (long long)min(first + u * apart, n - 1) * D;
        if (D % PER_LOAD == 0)
            for (int i = eighth * PER_LOAD; i < D; i += 8 * PER_LOAD) {
                float keys[FOUR][PER_LOAD];
#pragma unroll
                for (int u = 0; u < FOUR; u++) unpack(*(const uint4*)(row[u] + i), keys[u]);
#pragma unroll
                for (int j = 0; j < PER_LOAD; j++)
#pragma unroll
                    for (int u = 0; u < FOUR; u++) sums[u] += keys[u][j] * q[i + j];
            }
        else
            for (int i = eighth; i < D; i += 8)
#pragma unroll
                for (int u = 0; u < FOUR; u++) sums[u] += to_float(row[u][i]) * q[i];
#pragma unroll
        for (int u = 0; u < FOUR; u++) {
            for (int other = 4; other; other /= 2) sums[u] += __shfl_xor_sync(ALL_LANES, sums[u], other);
            if (first + u * apart < n) {
                if (eighth == 0) score[first + u * apart] = sums[u];
                largest = fmaxf(largest, sums[u]);
            }
        }
    }
    largest = block_max(largest);
    float total = 0;
    for (int at = threadIdx.x; at < n; at += blockDim.x) total += score[at] = expf(score[at] - largest);
    total = block_sum(total);

    // Groups of threads share the positions; a thread of a group has `width` numbers of v.
    const int width = D % PER_LOAD ? 1 : PER_LOAD, pieces = D / width;
    const int groups = max(1, (int)blockDim.x / pieces);
    const bool within_warps = 32 % pieces == 0;
    for (int unit = threadIdx.x; unit < groups * pieces; unit += blockDim.x) {
        const int group = unit / pieces, begin = unit % pieces * width;
        float sums[PER_LOAD] = {};
        if (width == 1)
            for (int at = group; at < n; at += groups)
                sums[0] += score[at] * to_float(v[(long long)at * D + begin]);
        else
#pragma unroll 4
            for (int at = group; at < n; at += groups) {
                float values[PER_LOAD];
                unpack(*(const uint4*)(v + (long long)at * D + begin), values);
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++) sums[i] += score[at] * values[i];
            }
        if (within_warps) {  // then every thread is here, once
            for (int other = pieces; other < 32; other *= 2)
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++) sums[i] += __shfl_xor_sync(ALL_LANES, sums[i], other);
            if (threadIdx.x % 32 < pieces)
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++)
                    if (i < width) part[threadIdx.x / 32 * D + begin + i] = sums[i];
        } else {
#pragma unroll
            for (int i = 0; i < PER_LOAD; i++)
                if (i < width) part[group * D + begin + i] = sums[i];
        }
    }
    __syncthreads();
    const int parts = within_warps ? blockDim.x / 32 : groups;
    for (int i = threadIdx.x; i < D; i += blockDim.x) {
        float sum = 0;
#pragma unroll 8
        for (int each = 0; each < parts; each++) sum += part[each * D + i];
        store(y + head * D + i, sum / total);
    }
}
extern "C" __global__ void attend_float(const float* qkv, const int* positions, weight_t* k_cache,
                                        weight_t* v_cache, float* y, int n_head, int head_dim, int max_len) {
    attend<float>(qkv, positions, k_cache, v_cache, y, n_head, head_dim, max_len);
}
extern "C" __global__ void attend_weight(const weight_t* qkv, const int* positions, weight_t* k_cache,
                                         weight_t* v_cache, weight_t* y, int n_head, int head_dim,
                                         int max_len) {
    attend<weight_t>(qkv, positions, k_cache, v_cache, y, n_head, head_dim, max_len);
}

// The noise of model/noise.py: exponential, from a hash of (seed, position, token).
__device__ unsigned mix(unsigned x, int rounds) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    if (rounds == 2) x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}
__device__ float exponential(unsigned token, unsigned first, unsigned second) {
    unsigned bits = mix((mix(token, 2) ^ first) * (second | 1), 1);
    float u = (float)((bits & 0x7fffffffu) | 1) * (float)((1 - 1.0 / (1 << 23)) / 2147483648.0);
    return -log1pf(-u);
}

#define LEAST (-200.0f)  // exp() of it is 0 in float32
struct Found {           // of some of a row's tokens
    float largest;       // logit
    float weights;       // sum of w = exp(s), where s = (logit - largest) / T
    float weighted;      // sum of w * s
    float score;         // largest s - log(noise)
    int token;           // whose score it is
};
__device__ void keep_better(float& score, int& token, float other_score, int other) {
    if (other_score > score || (other_score == score && other < token)) score = other_score, token = other;
}

// found (rows, gridDim.x), each of a share of the first n_tokens of logits (rows, vocab_size).
extern "C" __global__ void choose_among_share(const float* logits, const unsigned* first,
                                              const unsigned* second, const float* temperatures,
                                              Found* found, int vocab_size, int n_tokens) {
    __shared__ float scores[MOST_WARPS];
    __shared__ int tokens[MOST_WARPS];
    const int row = blockIdx.y, share = (n_tokens + gridDim.x - 1) / gridDim.x;
    const int begin = blockIdx.x * share, end = min(begin + share, n_tokens);
    const float T = temperatures[row], divisor = T > 0 ? fmaxf(T, 1.17549435e-38f) : 1;
    logits += (long long)row * vocab_size;
    after_the_one_before();
    float largest = NOWHERE;
    for (int i = begin + threadIdx.x; i < end; i += blockDim.x) largest = fmaxf(largest, logits[i]);
    largest = block_max(largest);
    float weights = 0, weighted = 0, score = NOWHERE;
    int token = n_tokens;
    for (int i = begin + threadIdx.x; i < end; i += blockDim.x) {
        float s = (logits[i] - largest) / divisor, w = expf(s);
        weights += w, weighted += w * fmaxf(s, LEAST);
        keep_better(score, token, T > 0 ? s - logf(exponential(i, first[row], second[row])) : s, i);
    }
    weights = block_sum(weights), weighted = block_sum(weighted);
    for (int other = 16; other; other /= 2)
        keep_better(score, token, __shfl_xor_sync(ALL_LANES, score, other),
                    __shfl_xor_sync(ALL_LANES, token, other));
    if (threadIdx.x % 32 == 0) scores[threadIdx.x / 32] = score, tokens[threadIdx.x / 32] = token;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < blockDim.x / 32; i++) keep_better(score, token, scores[i], tokens[i]);
        Found all = {largest, weights, weighted, score, token};
        found[row * gridDim.x + blockIdx.x] = all;
    }
}

// drawn (3, rows): token, its probability, entropy in nats; tokens (rows,): the same token. A warp for a row.
extern "C" __global__ void choose(const float* logits, const Found* found, const float* temperatures,
                                  float* drawn, int* tokens, int vocab_size, int n_shares) {
    after_the_one_before();
    const int row = blockIdx.x, rows = gridDim.x;
    const float T = temperatures[row], divisor = T > 0 ? fmaxf(T, 1.17549435e-38f) : 1;
    found += row * n_shares;
    float largest = NOWHERE, weights = 0, weighted = 0, score = NOWHERE;
    int token = vocab_size;
    for (int i = threadIdx.x; i < n_shares; i += 32) largest = fmaxf(largest, found[i].largest);
    largest = warp_max(largest);
    for (int i = threadIdx.x; i < n_shares; i += 32) {
        if (found[i].weights == 0) continue;  // an empty share
        float s = (found[i].largest - largest) / divisor, w = expf(s);
        weights += w * found[i].weights;
        weighted += w * (found[i].weighted + fmaxf(s, LEAST) * found[i].weights);
        keep_better(score, token, found[i].score + s, found[i].token);
    }
    weights = warp_sum(weights), weighted = warp_sum(weighted);
    for (int other = 16; other; other /= 2)
        keep_better(score, token, __shfl_xor_sync(ALL_LANES, score, other),
                    __shfl_xor_sync(ALL_LANES, token, other));
    if (threadIdx.x == 0) {
        drawn[row] = tokens[row] = token;
        drawn[rows + row] = expf((logits[(long long)row * vocab_size + token] - largest) / divisor) / weights;
        drawn[2 * rows + row] = logf(weights) - weighted / weights;
    }
}
