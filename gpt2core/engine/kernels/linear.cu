// Embedding and matrix products of a few rows.

// sums[o][r] += w[first + o] @ x[r] for OUTPUTS rows of w (n_out, n) and all of x (rows, n): the share of
// one lane of `lanes`. Behind the last row of w the last is taken again.
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

__device__ float gelu(float x) {  // the tanh form
    return 0.5f * x * (1 + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
}

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

#define NORM_LINEAR(OUTPUTS)                                                                            \
    extern "C" __global__ void norm_linear_##OUTPUTS(                                                   \
        const float* x, const weight_t* scale, const weight_t* shift, const weight_t* w,                \
        const weight_t* bias, float* y, int rows, int n_in, int n_out, int has_shift, int has_bias,     \
        int with_gelu, float eps) {                                                                     \
        norm_linear<OUTPUTS>(x, scale, shift, w, bias, y, rows, n_in, n_out, has_shift, has_bias,       \
                             with_gelu, eps);                                                           \
    }
NORM_LINEAR(1)
NORM_LINEAR(2)
NORM_LINEAR(4)
extern "C" __global__ void linear_residual_2(const float* y, const weight_t* w, const weight_t* bias,
                                             float* x, int rows, int n_in, int n_out, int has_bias) {
    linear_residual<2>(y, w, bias, x, rows, n_in, n_out, has_bias);
}
